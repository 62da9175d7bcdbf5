package riffle.gateway.plan;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.rel.core.Calc;
import org.apache.calcite.rel.type.RelDataType;
import org.apache.calcite.rex.RexBuilder;
import org.apache.calcite.rex.RexCall;
import org.apache.calcite.rex.RexLiteral;
import org.apache.calcite.rex.RexNode;
import org.apache.calcite.rex.RexProgram;
import org.apache.calcite.rex.RexProgramBuilder;
import org.apache.calcite.rex.RexShuttle;
import org.apache.calcite.sql.type.SqlTypeName;
import org.apache.flink.table.planner.plan.optimize.program.FlinkOptimizeContext;
import org.apache.flink.table.planner.plan.optimize.program.FlinkOptimizeProgram;
import org.apache.flink.table.types.logical.VarBinaryType;

/**
 * Makes constants that are arguments of functions columns, if they would not arrive unchanged otherwise.
 *
 * <p>Constants travel with the plan. Flink writes only the value and not its type, truncates a TIMESTAMP to
 * milliseconds and fails for a TIMESTAMP_LTZ. So a constant that is not a number, a text or a BOOLEAN becomes
 * a column, in a calc before.
 */
final class ConstantCalls<C extends FlinkOptimizeContext> implements FlinkOptimizeProgram<C> {
    @Override
    public RelNode optimize(RelNode root, C context) {
        return FunctionCalcs.replace(root, ConstantCalls::withColumns);
    }

    /** The calc, reading the constants of its functions that need a column from columns of its input. */
    private static Calc withColumns(Calc calc) {
        RelNode input = calc.getInput();
        RexBuilder builder = calc.getCluster().getRexBuilder();
        RexProgramBuilder before = new RexProgramBuilder(input.getRowType(), builder);
        before.addIdentity();
        Map<RexLiteral, RexNode> columns = new LinkedHashMap<>();
        RexShuttle columnsForConstants =
                new RexShuttle() {
                    @Override
                    public RexNode visitCall(RexCall call) {
                        RexCall visited = (RexCall) super.visitCall(call);
                        if (GoFunction.of(visited) == null) {
                            return visited;
                        }
                        List<RexNode> operands = new ArrayList<>();
                        for (RexNode operand : visited.getOperands()) {
                            operands.add(
                                    operand instanceof RexLiteral && !travels(operand.getType())
                                            ? columns.computeIfAbsent((RexLiteral) operand, this::column)
                                            : operand);
                        }
                        return visited.clone(visited.getType(), operands);
                    }

                    private RexNode column(RexLiteral constant) {
                        int index = input.getRowType().getFieldCount() + columns.size();
                        RexNode value = value(builder, constant);
                        before.addProject(value, "riffle_constant" + columns.size());
                        return builder.makeInputRef(value.getType(), index);
                    }
                };
        List<RexNode> changed = columnsForConstants.apply(FunctionCalcs.projects(calc.getProgram()));
        if (columns.isEmpty()) {
            return calc;
        }
        Calc extended =
                FunctionCalcs.withoutFunctions(calc, input.getTraitSet(), input, before.getProgram());
        return calc.copy(calc.getTraitSet(), extended, program(calc, extended.getRowType(), changed));
    }

    /** A constant as a column can have it: Arrow has no BINARY(0), the type of the literal of no bytes. */
    static RexNode value(RexBuilder builder, RexLiteral constant) {
        if (constant.getType().getSqlTypeName() != SqlTypeName.BINARY) {
            return constant;
        }
        RelDataType type = builder.getTypeFactory().createSqlType(SqlTypeName.VARBINARY, VarBinaryType.MAX_LENGTH);
        return builder.makeAbstractCast(type, constant, false);
    }

    /** Whether a constant arrives unchanged. */
    static boolean travels(RelDataType type) {
        switch (type.getSqlTypeName()) {
            case BOOLEAN:
            case TINYINT:
            case SMALLINT:
            case INTEGER:
            case BIGINT:
            case FLOAT:
            case DOUBLE:
            case CHAR:
            case VARCHAR:
                return true;
            default:
                return false;
        }
    }

    /** The program of a calc with other projections. The planner has already removed conditions from it. */
    private static RexProgram program(Calc calc, RelDataType input, List<RexNode> projects) {
        return RexProgram.create(
                input, projects, null, calc.getProgram().getOutputRowType(), calc.getCluster().getRexBuilder());
    }
}
