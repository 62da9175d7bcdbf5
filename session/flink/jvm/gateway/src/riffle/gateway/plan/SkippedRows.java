package riffle.gateway.plan;

import java.util.ArrayList;
import java.util.List;
import org.apache.calcite.plan.RelOptCluster;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.rel.core.Calc;
import org.apache.calcite.rel.type.RelDataType;
import org.apache.calcite.rex.RexBuilder;
import org.apache.calcite.rex.RexCall;
import org.apache.calcite.rex.RexInputRef;
import org.apache.calcite.rex.RexNode;
import org.apache.calcite.rex.RexProgram;
import org.apache.calcite.rex.RexProgramBuilder;
import org.apache.calcite.rex.RexVisitorImpl;
import org.apache.calcite.sql.type.SqlTypeName;
import org.apache.flink.table.functions.python.PythonFunctionKind;
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
        Calls calls = new Calls();
        projects.forEach(project -> project.accept(calls));
        if (!calls.skip) {
            return calc;
        }
        RelOptCluster cluster = calc.getCluster();
        RexBuilder rex = cluster.getRexBuilder();
        RelDataType bool = cluster.getTypeFactory().createSqlType(SqlTypeName.BOOLEAN);
        // All functions of an operator are called in the same way.
        GoFunction kept = calls.byRow ? GoFunction.kept().byRow() : GoFunction.kept();
        projects.add(FunctionCalcs.call(cluster, kept, bool, calls.columns));
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

    /** Looks for functions whose rows may be skipped, and for a column among their arguments. */
    private static final class Calls extends RexVisitorImpl<Void> {
        /** At most one column: a batch needs one, and this one is sent anyway. */
        final List<RexNode> columns = new ArrayList<>();

        boolean skip;
        boolean byRow;

        Calls() {
            super(true);
        }

        @Override
        public Void visitCall(RexCall call) {
            GoFunction function = GoFunction.of(call);
            if (function != null) {
                skip |= function.skips();
                byRow |= function.getPythonFunctionKind() == PythonFunctionKind.GENERAL;
                for (RexNode operand : call.getOperands()) {
                    if (columns.isEmpty() && operand instanceof RexInputRef) {
                        columns.add(operand);
                    }
                }
            }
            return super.visitCall(call);
        }
    }
}
