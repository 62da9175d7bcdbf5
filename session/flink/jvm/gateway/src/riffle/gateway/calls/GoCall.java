package riffle.gateway.calls;

import java.util.ArrayList;
import java.util.List;
import org.apache.calcite.sql.SqlBasicCall;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlFunction;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlOperator;
import org.apache.calcite.sql.SqlSyntax;
import org.apache.calcite.sql.SqlUnresolvedFunction;
import org.apache.calcite.sql.validate.SqlValidator;
import riffle.gateway.plan.DeclaredFunction;

/** The operator of a call that is to be rewritten. It is written like that of any other call. */
final class GoCall extends SqlFunction {
    private final SqlUnresolvedFunction plain;
    private final DeclaredFunction function;

    /** {@code plain} is the operator that the parser gives to other calls of the function. */
    GoCall(SqlUnresolvedFunction plain, DeclaredFunction function) {
        super(plain.getNameAsId(), null, null, null, null, plain.getFunctionType());
        this.plain = plain;
        this.function = function;
    }

    @Override
    public SqlNode rewriteCall(SqlValidator validator, SqlCall call) {
        SqlCall complete =
                plain.createCall(
                        call.getFunctionQuantifier(), call.getParserPosition(), new Arguments(function, call).inOrder());
        // The validator has looked for the functions of other calls just before it rewrites them.
        List<SqlOperator> found = new ArrayList<>();
        validator
                .getOperatorTable()
                .lookupOperatorOverloads(
                        plain.getNameAsId(),
                        plain.getFunctionType(),
                        SqlSyntax.FUNCTION,
                        found,
                        validator.getCatalogReader().nameMatcher());
        if (found.size() == 1) {
            ((SqlBasicCall) complete).setOperator(found.get(0));
        }
        return complete;
    }
}
