package riffle.gateway.plan;

import java.util.List;
import org.apache.calcite.plan.RelOptCluster;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.rel.core.Calc;
import org.apache.calcite.rel.type.RelDataType;
import org.apache.calcite.rex.RexBuilder;
import org.apache.calcite.rex.RexCall;
import org.apache.calcite.rex.RexNode;
import org.apache.calcite.rex.RexProgram;
import org.apache.calcite.rex.RexProgramBuilder;
import org.apache.calcite.rex.RexVisitorImpl;
import org.apache.calcite.sql.type.SqlTypeName;
import org.apache.flink.table.planner.plan.optimize.program.FlinkOptimizeContext;
import org.apache.flink.table.planner.plan.optimize.program.FlinkOptimizeProgram;

/**
 * Skips the rows for which a function failed, if the session is set to do so. The operator that calls
 * functions cannot skip rows: Flink's side takes one forwarded row from its queue for each result that
 * returns, so a missing result would shift all later rows. So the calc gets one more column, in which the
 * function host says whether a row is kept, and a filter follows the calc.
 *
 * <p>It runs before the changelog modes are inferred, because a filter affects them.
 */
final class SkippedRows<C extends FlinkOptimizeContext> implements FlinkOptimizeProgram<C> {
    private static final String KEPT = "riffle_kept";

    @Override
    public RelNode optimize(RelNode root, C context) {
        return FunctionCalcs.replace(root, SkippedRows::filtered);
    }

    private static RelNode filtered(Calc calc) {
        RexProgram program = calc.getProgram();
        List<RexNode> projects = FunctionCalcs.projects(program);
        if (projects.stream().noneMatch(SkippedRows::skips)) {
            return calc;
        }
        RelOptCluster cluster = calc.getCluster();
        RexBuilder rex = cluster.getRexBuilder();
        RelDataType bool = cluster.getTypeFactory().createSqlType(SqlTypeName.BOOLEAN);
        projects.add(FunctionCalcs.call(cluster, GoFunction.kept(), bool, List.of()));
        RelDataType widened =
                cluster.getTypeFactory().builder()
                        .addAll(calc.getRowType().getFieldList())
                        .add(KEPT, bool)
                        .build();
        RelNode marked =
                calc.copy(
                        calc.getTraitSet(),
                        calc.getInput(),
                        RexProgram.create(program.getInputRowType(), projects, null, widened, rex));
        RexProgramBuilder filter = new RexProgramBuilder(widened, rex);
        calc.getRowType().getFieldList().forEach(f -> filter.addProject(f.getIndex(), f.getName()));
        filter.addCondition(rex.makeInputRef(bool, calc.getRowType().getFieldCount()));
        return FunctionCalcs.withoutFunctions(calc, calc.getTraitSet(), marked, filter.getProgram());
    }

    /** Whether the expression calls a function whose rows may be skipped. */
    private static boolean skips(RexNode expression) {
        boolean[] found = {false};
        expression.accept(
                new RexVisitorImpl<Void>(true) {
                    @Override
                    public Void visitCall(RexCall call) {
                        GoFunction function = GoFunction.of(call);
                        found[0] |= function != null && function.skips();
                        return super.visitCall(call);
                    }
                });
        return found[0];
    }
}
