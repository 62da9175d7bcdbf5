package riffle.gateway.plan;

import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.calcite.plan.RelOptCluster;
import org.apache.calcite.plan.RelTraitSet;
import org.apache.calcite.rel.RelHomogeneousShuttle;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.rel.core.Calc;
import org.apache.calcite.rel.type.RelDataType;
import org.apache.calcite.rex.RexNode;
import org.apache.calcite.rex.RexProgram;
import org.apache.flink.table.catalog.ContextResolvedFunction;
import org.apache.flink.table.planner.functions.bridging.BridgingSqlFunction;
import org.apache.flink.table.planner.plan.nodes.physical.batch.BatchPhysicalCalc;
import org.apache.flink.table.planner.plan.nodes.physical.batch.BatchPhysicalPythonCalc;
import org.apache.flink.table.planner.plan.nodes.physical.stream.StreamPhysicalCalc;
import org.apache.flink.table.planner.plan.nodes.physical.stream.StreamPhysicalPythonCalc;

/** The calcs of a physical plan that call Go functions, in streaming and in batch mode. */
final class FunctionCalcs {
    private FunctionCalcs() {}

    static boolean callsFunctions(RelNode node) {
        return node instanceof StreamPhysicalPythonCalc || node instanceof BatchPhysicalPythonCalc;
    }

    /** A plan in which each of them is replaced by another node. */
    static RelNode replace(RelNode root, Function<Calc, RelNode> replacement) {
        return root.accept(
                new RelHomogeneousShuttle() {
                    @Override
                    public RelNode visit(RelNode node) {
                        RelNode visited = super.visit(node);
                        return callsFunctions(visited) ? replacement.apply((Calc) visited) : visited;
                    }
                });
    }

    /** The expressions that a calc computes, over columns of its input. */
    static List<RexNode> projects(RexProgram program) {
        return program.getProjectList().stream().map(program::expandLocalRef).collect(Collectors.toList());
    }

    /** A calc without function calls, for the mode of a calc with functions. */
    static Calc withoutFunctions(Calc calc, RelTraitSet traits, RelNode input, RexProgram program) {
        RelDataType type = program.getOutputRowType();
        return calc instanceof StreamPhysicalPythonCalc
                ? new StreamPhysicalCalc(calc.getCluster(), traits, input, program, type)
                : new BatchPhysicalCalc(calc.getCluster(), traits, input, program, type);
    }

    /** A call of a function that has no name in the session. */
    static RexNode call(RelOptCluster cluster, GoFunction function, RelDataType type, List<RexNode> arguments) {
        return cluster.getRexBuilder()
                .makeCall(
                        type,
                        BridgingSqlFunction.of(cluster, ContextResolvedFunction.anonymous(function)),
                        arguments);
    }
}
