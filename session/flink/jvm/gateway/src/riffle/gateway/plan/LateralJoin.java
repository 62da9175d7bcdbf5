package riffle.gateway.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.apache.calcite.plan.RelOptCluster;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.rel.core.CorrelationId;
import org.apache.calcite.rel.core.JoinRelType;
import org.apache.calcite.rel.type.RelDataType;
import org.apache.calcite.rex.RexBuilder;
import org.apache.calcite.rex.RexCall;
import org.apache.calcite.rex.RexCorrelVariable;
import org.apache.calcite.rex.RexFieldAccess;
import org.apache.calcite.rex.RexInputRef;
import org.apache.calcite.rex.RexLiteral;
import org.apache.calcite.rex.RexNode;
import org.apache.calcite.rex.RexProgram;
import org.apache.calcite.rex.RexProgramBuilder;
import org.apache.calcite.rex.RexShuttle;
import org.apache.calcite.sql.type.SqlTypeName;
import org.apache.calcite.sql.validate.SqlValidatorUtil;
import org.apache.calcite.util.ImmutableBitSet;
import org.apache.flink.calcite.shaded.com.google.common.collect.ImmutableList;
import org.apache.flink.table.planner.plan.nodes.logical.FlinkLogicalCalc;
import org.apache.flink.table.planner.plan.nodes.logical.FlinkLogicalCorrelate;
import org.apache.flink.table.planner.plan.nodes.logical.FlinkLogicalTableFunctionScan;
import org.apache.flink.table.planner.plan.nodes.logical.FlinkLogicalValues;

/**
 * A join with a table function, converted so that some of the function's arguments are computed before: they
 * become columns of the input to which the table function is joined.
 */
final class LateralJoin {
    private final FlinkLogicalCorrelate join;
    private final RelNode left;
    private final Predicate<RexNode> computed;
    private final UnaryOperator<RexNode> prepared;
    private final int width;
    private final int kept;
    private final CorrelationId id;
    private final RexBuilder builder;

    /**
     * Of a join and its left side, which may have been converted itself. {@code computed} says which arguments are
     * computed before, and {@code prepared} makes an expression of such an argument one that a column can have.
     */
    LateralJoin(
            FlinkLogicalCorrelate join, RelNode left, Predicate<RexNode> computed, UnaryOperator<RexNode> prepared) {
        this(join, left, computed, prepared, left.getRowType().getFieldCount());
    }

    private LateralJoin(
            FlinkLogicalCorrelate join,
            RelNode left,
            Predicate<RexNode> computed,
            UnaryOperator<RexNode> prepared,
            int kept) {
        this.join = join;
        this.left = left;
        this.computed = computed;
        this.prepared = prepared;
        this.kept = kept;
        width = left.getRowType().getFieldCount();
        id = join.getCorrelationId();
        builder = join.getCluster().getRexBuilder();
    }

    /** A table function that is not joined to an input, as a join to a single row, whose only column is dropped. */
    static LateralJoin alone(
            FlinkLogicalTableFunctionScan scan, Predicate<RexNode> computed, UnaryOperator<RexNode> prepared) {
        RelOptCluster cluster = scan.getCluster();
        RelDataType zero = cluster.getTypeFactory().createSqlType(SqlTypeName.INTEGER);
        RelDataType row = cluster.getTypeFactory().builder().add("ZERO", zero).build();
        RexLiteral literal = cluster.getRexBuilder().makeZeroLiteral(zero);
        RelNode values =
                new FlinkLogicalValues(
                        cluster, scan.getTraitSet(), row, ImmutableList.of(ImmutableList.of(literal)));
        FlinkLogicalCorrelate join =
                new FlinkLogicalCorrelate(
                        cluster,
                        scan.getTraitSet(),
                        values,
                        scan,
                        cluster.createCorrel(),
                        ImmutableBitSet.of(),
                        JoinRelType.INNER);
        return new LateralJoin(join, values, computed, prepared, 0);
    }

    /** The table function that is joined, below projections and conditions; null if it is something else. */
    static FlinkLogicalTableFunctionScan scan(RelNode right) {
        return right instanceof FlinkLogicalCalc
                ? scan(((FlinkLogicalCalc) right).getInput())
                : right instanceof FlinkLogicalTableFunctionScan
                        ? (FlinkLogicalTableFunctionScan) right
                        : null;
    }

    /** Merges the projections and conditions above a table function. Returns null if there is nothing to merge. */
    static RexProgram program(RelNode right) {
        if (!(right instanceof FlinkLogicalCalc)) {
            return null;
        }
        RexProgram own = ((FlinkLogicalCalc) right).getProgram();
        RexProgram below = program(((FlinkLogicalCalc) right).getInput());
        return below == null
                ? own
                : RexProgramBuilder.mergePrograms(own, below, right.getCluster().getRexBuilder());
    }

    /** The join, with the projections and conditions of its right side where they are. */
    RelNode converted() {
        RelNode joined = joined(join.getRight());
        List<RexNode> rights = new ArrayList<>();
        for (int i = computedWidth(); i < joined.getRowType().getFieldCount(); i++) {
            rights.add(RexInputRef.of(i, joined.getRowType()));
        }
        return top(joined, rights, null);
    }

    /** The join, with the projections and conditions of its right side above it. */
    RelNode convertedBelow() {
        RexProgram program = program(join.getRight());
        if (program == null) {
            return converted();
        }
        RelNode joined = joined(scan(join.getRight()));
        RexShuttle above = new AboveJoin(joined.getRowType());
        RexNode condition =
                program.getCondition() == null ? null : program.expandLocalRef(program.getCondition()).accept(above);
        return top(joined, above.apply(FunctionCalcs.projects(program)), condition);
    }

    /** The join with a right side whose table function reads columns. */
    private RelNode joined(RelNode right) {
        RexCall call = (RexCall) scan(right).getCall();
        RelNode extended = extended(call);
        return new FlinkLogicalCorrelate(
                join.getCluster(),
                join.getTraitSet(),
                extended,
                over(right, withColumns(call, extended.getRowType())),
                id,
                join.getRequiredColumns().union(ImmutableBitSet.range(width, computedWidth())),
                join.getJoinType());
    }

    /** The columns of the left side with those that are computed. */
    private int computedWidth() {
        RexCall call = (RexCall) scan(join.getRight()).getCall();
        return width + (int) call.getOperands().stream().filter(computed).count();
    }

    /** The columns of the join that was converted: those of its left side, and the given ones of its right side. */
    private RelNode top(RelNode joined, List<RexNode> rights, RexNode condition) {
        List<RexNode> projects = new ArrayList<>();
        List<String> names = new ArrayList<>();
        List<String> all = join.getRowType().getFieldNames();
        for (int i = 0; i < kept; i++) {
            projects.add(RexInputRef.of(i, joined.getRowType()));
            names.add(all.get(i));
        }
        projects.addAll(rights);
        names.addAll(all.subList(width, all.size()));
        return calc(joined, projects, condition, names);
    }

    /** The left side with a column for each argument that is computed before. */
    private RelNode extended(RexCall call) {
        List<RexNode> projects = new ArrayList<>();
        List<String> names = new ArrayList<>(left.getRowType().getFieldNames());
        for (int i = 0; i < width; i++) {
            projects.add(RexInputRef.of(i, left.getRowType()));
        }
        for (RexNode operand : call.getOperands()) {
            if (computed.test(operand)) {
                names.add("f" + (projects.size() - width));
                projects.add(prepared.apply(operand.accept(new LeftColumns())));
            }
        }
        return projects.size() == width ? left : calc(left, projects, null, SqlValidatorUtil.uniquify(names, true));
    }

    private RexCall withColumns(RexCall call, RelDataType row) {
        RexNode variable = builder.makeCorrel(row, id);
        List<RexNode> operands = new ArrayList<>();
        int next = width;
        for (RexNode operand : call.getOperands()) {
            operands.add(computed.test(operand) ? builder.makeFieldAccess(variable, next++) : operand);
        }
        return call.clone(call.getType(), operands);
    }

    /** The right side with another call of its table function. */
    private static RelNode over(RelNode right, RexCall call) {
        if (right instanceof FlinkLogicalCalc) {
            FlinkLogicalCalc calc = (FlinkLogicalCalc) right;
            return calc.copy(calc.getTraitSet(), over(calc.getInput(), call), calc.getProgram());
        }
        FlinkLogicalTableFunctionScan scan = (FlinkLogicalTableFunctionScan) right;
        return scan.copy(
                scan.getTraitSet(),
                scan.getInputs(),
                call,
                scan.getElementType(),
                scan.getRowType(),
                scan.getColumnMappings());
    }

    private RelNode calc(RelNode input, List<RexNode> projects, RexNode condition, List<String> names) {
        RexProgram program = RexProgram.create(input.getRowType(), projects, condition, names, builder);
        if (program.isTrivial()) { // Flink generates no code for a calc that changes nothing
            return input;
        }
        return new FlinkLogicalCalc(join.getCluster(), join.getTraitSet(), input, program);
    }

    /** Reads the left side's columns directly, and not through the join. */
    private class LeftColumns extends RexShuttle {
        @Override
        public RexNode visitFieldAccess(RexFieldAccess access) {
            RexNode of = access.getReferenceExpr();
            return of instanceof RexCorrelVariable && ((RexCorrelVariable) of).id.equals(id)
                    ? RexInputRef.of(access.getField().getIndex(), left.getRowType())
                    : super.visitFieldAccess(access);
        }
    }

    /** Moves an expression over columns of the right side above the join. */
    private final class AboveJoin extends LeftColumns {
        private final RelDataType joined;

        AboveJoin(RelDataType joined) {
            this.joined = joined;
        }

        @Override
        public RexNode visitInputRef(RexInputRef ref) {
            return RexInputRef.of(computedWidth() + ref.getIndex(), joined);
        }
    }
}
