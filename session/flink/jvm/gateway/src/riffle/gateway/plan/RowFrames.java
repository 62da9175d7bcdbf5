package riffle.gateway.plan;

import java.util.ArrayList;
import java.util.List;
import org.apache.calcite.rel.RelHomogeneousShuttle;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.rel.core.Project;
import org.apache.calcite.rel.logical.LogicalProject;
import org.apache.calcite.rel.type.RelDataType;
import org.apache.calcite.rex.RexBuilder;
import org.apache.calcite.rex.RexNode;
import org.apache.calcite.rex.RexOver;
import org.apache.calcite.rex.RexShuttle;
import org.apache.calcite.rex.RexWindow;
import org.apache.calcite.rex.RexWindowBounds;
import org.apache.calcite.sql.SqlKind;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.planner.calcite.FlinkTypeFactory;
import org.apache.flink.table.planner.plan.optimize.program.FlinkOptimizeContext;
import org.apache.flink.table.planner.plan.optimize.program.FlinkOptimizeProgram;

/**
 * Functions of OVER that look at single rows, in streaming mode. SQL gives LAG and RANK no frame, and the
 * planner uses the default one, RANGE up to the current row. Flink's streaming operators pass all rows of
 * equal order to a function before they read its result, so all of these rows get the result of the last
 * one: LAG returns the row's own value, and three rows of rank 1 have rank 3.
 *
 * <p>LAG gets ROWS, which the planner uses for ROW_NUMBER and which batch mode uses for LAG. Other
 * functions next to it, whose window then differs, are computed above. RANK and DENSE_RANK do not get the
 * order in streaming mode and would number the rows with ROWS, so they are rejected if rows can be of
 * equal order.
 */
final class RowFrames<C extends FlinkOptimizeContext> implements FlinkOptimizeProgram<C> {
    @Override
    public RelNode optimize(RelNode root, C context) {
        return root.accept(
                new RelHomogeneousShuttle() {
                    @Override
                    public RelNode visit(RelNode node) {
                        RelNode visited = super.visit(node);
                        return visited instanceof Project ? apart((Project) visited) : visited;
                    }
                });
    }

    /** The projection with its LAGs in a separate projection below, if it has any. */
    private static RelNode apart(Project project) {
        RexBuilder builder = project.getCluster().getRexBuilder();
        List<RexNode> below = new ArrayList<>();
        List<String> names = new ArrayList<>(project.getInput().getRowType().getFieldNames());
        for (int i = 0; i < names.size(); i++) {
            below.add(builder.makeInputRef(project.getInput(), i));
        }
        int columns = below.size();
        List<RexNode> above =
                new RexShuttle() {
                    @Override
                    public RexNode visitOver(RexOver over) {
                        refuseRank(over);
                        if (over.getAggOperator().getKind() != SqlKind.LAG) {
                            return super.visitOver(over);
                        }
                        RexNode lag = byRows(builder, over);
                        if (!below.contains(lag)) {
                            below.add(lag);
                            names.add("$lag" + below.size());
                        }
                        return builder.makeInputRef(lag.getType(), below.indexOf(lag));
                    }
                }.apply(project.getProjects());
        if (below.size() == columns) {
            return project;
        }
        RelNode lags = LogicalProject.create(project.getInput(), List.of(), below, names, project.getVariablesSet());
        return project.copy(project.getTraitSet(), lags, above, project.getRowType());
    }

    private static void refuseRank(RexOver over) {
        SqlKind kind = over.getAggOperator().getKind();
        boolean ranks = kind == SqlKind.RANK || kind == SqlKind.DENSE_RANK;
        if (ranks && order(over) != null && !FlinkTypeFactory.isProctimeIndicatorType(order(over))) {
            throw new ValidationException(kind + " in streaming mode gives rows of equal order other ranks");
        }
    }

    private static RexNode byRows(RexBuilder builder, RexOver lag) {
        if (order(lag) != null && !FlinkTypeFactory.isTimeIndicatorType(order(lag))) {
            throw new ValidationException("LAG in streaming mode needs the order of a time attribute");
        }
        RexWindow window = lag.getWindow();
        return builder.makeOver(
                lag.getType(),
                lag.getAggOperator(),
                lag.getOperands(),
                window.partitionKeys,
                window.orderKeys,
                RexWindowBounds.UNBOUNDED_PRECEDING,
                RexWindowBounds.CURRENT_ROW,
                true,
                true,
                false,
                lag.isDistinct(),
                lag.ignoreNulls());
    }

    /** The type of the first sort key; null if there is none. */
    private static RelDataType order(RexOver over) {
        return over.getWindow().orderKeys.isEmpty() ? null : over.getWindow().orderKeys.get(0).left.getType();
    }
}
