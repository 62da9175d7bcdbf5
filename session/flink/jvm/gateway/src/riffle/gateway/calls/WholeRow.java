package riffle.gateway.calls;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.apache.calcite.rel.type.RelDataType;
import org.apache.calcite.sql.SqlBasicCall;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlSpecialOperator;
import org.apache.calcite.sql.fun.SqlStdOperatorTable;
import org.apache.calcite.sql.parser.SqlParserPos;
import org.apache.calcite.sql.type.SqlTypeUtil;
import org.apache.calcite.sql.util.SqlBasicVisitor;
import org.apache.calcite.sql.util.SqlVisitor;
import org.apache.calcite.sql.validate.SqlValidator;
import org.apache.calcite.sql.validate.SqlValidatorScope;
import org.apache.flink.table.planner.calcite.FlinkTypeFactory;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
import riffle.gateway.internals.Internals;
import riffle.gateway.plan.ArgumentTypes;
import riffle.gateway.plan.DeclaredFunction;
import riffle.gateway.plan.Parameter;

/**
 * The operator of {@code t.*} as an argument, a ROW of the columns that the fields of the parameter name. Which
 * columns there are is known when the validator has registered the tables of FROM. So the columns are chosen when the
 * call is first visited with a scope, or when its type is first needed. From then on it is a call of ROW like any
 * other.
 *
 * <p>A column that has a narrower type than its field is CAST, as an argument of its own would be. Flink casts no
 * parts of rows.
 */
final class WholeRow extends SqlSpecialOperator {
    private final DeclaredFunction function;
    private final Parameter parameter;
    private final RowType type;
    private final SqlIdentifier star;

    WholeRow(DeclaredFunction function, Parameter parameter, SqlIdentifier star) {
        super("ROW", SqlKind.ROW);
        this.function = function;
        this.parameter = parameter;
        type = (RowType) parameter.type();
        this.star = star;
    }

    /** The row. It has as many operands as it will have columns: visitors count them before they visit a call. */
    SqlCall row() {
        return createCall(star.getParserPosition(), Collections.nCopies(type.getFieldCount(), star));
    }

    private void choose(SqlCall row, SqlValidatorScope scope) {
        RowSource source = RowSource.of(star, scope);
        SqlNode[] columns =
                type.getFields().stream().map(field -> column(source, field, scope)).toArray(SqlNode[]::new);
        for (int i = 0; i < columns.length; i++) {
            row.setOperand(i, columns[i]);
        }
        ((SqlBasicCall) row).setOperator(SqlStdOperatorTable.ROW);
    }

    private SqlNode column(RowSource source, RowType.RowField field, SqlValidatorScope scope) {
        List<String> found = source.columns(field.getName());
        if (found.size() != 1) {
            throw refusal(
                    "%s for the field %s of %s in %s: %s",
                    found.isEmpty() ? "no column" : "several columns",
                    field.getName(),
                    parameter.struct(),
                    Arguments.text(star),
                    found.isEmpty() ? source.names() : String.join(", ", found));
        }
        SqlValidator validator = scope.getValidator();
        SqlNode column = validator.expand(source.column(found.get(0)), scope);
        LogicalType given = FlinkTypeFactory.toLogicalType(validator.deriveType(scope, column)).copy(true);
        Optional<LogicalType> taken = ArgumentTypes.take(given, field.getType());
        if (taken.isEmpty()) {
            throw refusal(
                    "the column %s is %s and the field %s of %s is %s",
                    found.get(0),
                    given.asSummaryString(),
                    field.getName(),
                    parameter.struct(),
                    ArgumentTypes.text(field.getType()));
        }
        if (given.equals(taken.get()) || ArgumentTypes.isText(given, field.getType())) {
            return column;
        }
        SqlParserPos at = star.getParserPosition();
        RelDataType wider =
                ((FlinkTypeFactory) validator.getTypeFactory()).createFieldTypeFromLogicalType(taken.get());
        return SqlStdOperatorTable.CAST.createCall(at, column, SqlTypeUtil.convertTypeToSpec(wider).clone(at));
    }

    private RuntimeException refusal(String format, Object... values) {
        return Refusal.of(function, star.getParserPosition(), format, values);
    }

    @Override
    public RelDataType deriveType(SqlValidator validator, SqlValidatorScope scope, SqlCall call) {
        choose(call, scope);
        return call.getOperator().deriveType(validator, scope, call);
    }

    @Override
    public void validateCall(
            SqlCall call, SqlValidator validator, SqlValidatorScope scope, SqlValidatorScope operandScope) {
        choose(call, scope);
        call.getOperator().validateCall(call, validator, scope, operandScope);
    }

    @Override
    public <R> R acceptCall(SqlVisitor<R> visitor, SqlCall call) {
        return isChosen(call, visitor) ? call.getOperator().acceptCall(visitor, call) : null;
    }

    @Override
    public <R> void acceptCall(
            SqlVisitor<R> visitor, SqlCall call, boolean onlyExpressions, SqlBasicVisitor.ArgHandler<R> handler) {
        if (isChosen(call, visitor)) {
            call.getOperator().acceptCall(visitor, call, onlyExpressions, handler);
        }
    }

    private boolean isChosen(SqlCall call, SqlVisitor<?> visitor) {
        SqlValidatorScope scope = Internals.current().scopeOf(visitor);
        if (scope == null) {
            return false; // it looks for something that a row of columns does not have, such as aggregates
        }
        choose(call, scope);
        return true;
    }
}
