package riffle.gateway.plan;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.calcite.rel.RelCollations;
import org.apache.calcite.rel.RelFieldCollation;
import org.apache.calcite.rel.RelHomogeneousShuttle;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.rel.core.Sort;
import org.apache.calcite.rel.logical.LogicalProject;
import org.apache.calcite.rel.logical.LogicalSort;
import org.apache.calcite.rel.type.RelDataType;
import org.apache.calcite.rex.RexBuilder;
import org.apache.calcite.rex.RexNode;
import org.apache.calcite.sql.fun.SqlStdOperatorTable;
import org.apache.calcite.sql.type.SqlTypeName;
import org.apache.calcite.sql.type.SqlTypeUtil;
import org.apache.flink.table.planner.plan.optimize.program.FlinkOptimizeContext;
import org.apache.flink.table.planner.plan.optimize.program.FlinkOptimizeProgram;

/**
 * Gives NaN a place in ORDER BY: after all numbers. Flink's sorts compare with {@code <} and {@code >},
 * for which NaN is equal to every number, so one NaN leaves its neighbors unsorted and a LIMIT keeps the
 * wrong rows. Only batch mode sorts NaN there by itself, if the first keys fit into a few bytes.
 *
 * <p>A key is added before each key that is a FLOAT or DOUBLE. It says whether the value is NaN.
 */
final class NanOrder<C extends FlinkOptimizeContext> implements FlinkOptimizeProgram<C> {
    @Override
    public RelNode optimize(RelNode root, C context) {
        return root.accept(
                new RelHomogeneousShuttle() {
                    @Override
                    public RelNode visit(RelNode node) {
                        RelNode visited = super.visit(node);
                        return visited instanceof LogicalSort ? ordered((Sort) visited) : visited;
                    }
                });
    }

    private static RelNode ordered(Sort sort) {
        RelNode input = sort.getInput();
        RexBuilder builder = sort.getCluster().getRexBuilder();
        List<RexNode> columns = new ArrayList<>();
        List<String> names = new ArrayList<>(input.getRowType().getFieldNames());
        for (int i = 0; i < names.size(); i++) {
            columns.add(builder.makeInputRef(input, i));
        }
        int width = columns.size();
        List<RelFieldCollation> keys = new ArrayList<>();
        for (RelFieldCollation key : sort.getCollation().getFieldCollations()) {
            RexNode value = columns.get(key.getFieldIndex());
            if (SqlTypeUtil.isApproximateNumeric(value.getType())) {
                keys.add(new RelFieldCollation(columns.size(), key.getDirection(), key.nullDirection));
                columns.add(isNan(builder, value));
                names.add("$nan" + columns.size());
            }
            keys.add(key);
        }
        if (columns.size() == width) {
            return sort;
        }
        RelNode marked = LogicalProject.create(input, List.of(), columns, names, Set.of());
        RelNode sorted = LogicalSort.create(marked, RelCollations.of(keys), sort.offset, sort.fetch);
        return LogicalProject.create(
                sorted, List.of(), columns.subList(0, width), input.getRowType().getFieldNames(), Set.of());
    }

    /** 1 for NaN, otherwise 0. The planner would simplify a comparison of a value with itself to true. */
    private static RexNode isNan(RexBuilder builder, RexNode value) {
        RelDataType number = builder.getTypeFactory().createSqlType(SqlTypeName.INTEGER);
        RexNode no = builder.makeExactLiteral(BigDecimal.ZERO, number);
        RexNode size = builder.makeCall(SqlStdOperatorTable.ABS, value);
        RexNode zero = builder.makeApproxLiteral(BigDecimal.ZERO, value.getType());
        return builder.makeCall(
                SqlStdOperatorTable.CASE,
                builder.makeCall(SqlStdOperatorTable.IS_NULL, value),
                no,
                builder.makeCall(SqlStdOperatorTable.GREATER_THAN_OR_EQUAL, size, zero),
                no,
                builder.makeExactLiteral(BigDecimal.ONE, number));
    }
}
