package riffle.gateway.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.calcite.rel.RelHomogeneousShuttle;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.rex.RexBuilder;
import org.apache.calcite.rex.RexCall;
import org.apache.calcite.rex.RexNode;
import org.apache.calcite.rex.RexShuttle;
import org.apache.flink.table.planner.calcite.FlinkTypeFactory;
import org.apache.flink.table.planner.plan.optimize.program.FlinkOptimizeContext;
import org.apache.flink.table.planner.plan.optimize.program.FlinkOptimizeProgram;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.utils.LogicalTypeCasts;

/**
 * Casts arguments of Go functions to the types of the parameters if Flink has not done so. Flink's
 * validator inserts these casts, but loses those of columns in an UNNEST.
 */
final class WidenedArguments<C extends FlinkOptimizeContext> implements FlinkOptimizeProgram<C> {
    @Override
    public RelNode optimize(RelNode root, C context) {
        RexShuttle casts = new Casts(root.getCluster().getRexBuilder());
        return root.accept(
                new RelHomogeneousShuttle() {
                    @Override
                    public RelNode visit(RelNode node) {
                        return super.visit(node).accept(casts);
                    }
                });
    }

    private static final class Casts extends RexShuttle {
        private final RexBuilder builder;

        Casts(RexBuilder builder) {
            this.builder = builder;
        }

        @Override
        public RexNode visitCall(RexCall call) {
            RexNode visited = super.visitCall(call);
            DeclaredFunction function = visited instanceof RexCall ? DeclaredFunction.of((RexCall) visited) : null;
            return function == null ? visited : widened((RexCall) visited, function);
        }

        private RexNode widened(RexCall call, DeclaredFunction function) {
            List<RexNode> operands = new ArrayList<>();
            for (int i = 0; i < call.getOperands().size(); i++) {
                operands.add(widened(call.getOperands().get(i), function.parameters().get(i).type()));
            }
            return operands.equals(call.getOperands()) ? call : call.clone(call.getType(), operands);
        }

        private RexNode widened(RexNode operand, LogicalType parameter) {
            LogicalType given = FlinkTypeFactory.toLogicalType(operand.getType());
            Optional<LogicalType> taken = ArgumentTypes.take(given, parameter);
            if (taken.isEmpty() || LogicalTypeCasts.supportsAvoidingCast(given, taken.get())) {
                return operand;
            }
            FlinkTypeFactory types = (FlinkTypeFactory) builder.getTypeFactory();
            return builder.makeAbstractCast(
                    types.createFieldTypeFromLogicalType(taken.get()), operand, false);
        }
    }
}
