package riffle.gateway.plan;

import java.util.ArrayList;
import java.util.List;
import org.apache.calcite.plan.RelOptCluster;
import org.apache.calcite.rel.RelHomogeneousShuttle;
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
import org.apache.calcite.rex.RexShuttle;
import org.apache.calcite.sql.type.SqlTypeName;
import org.apache.calcite.sql.validate.SqlValidatorUtil;
import org.apache.calcite.util.ImmutableBitSet;
import org.apache.flink.calcite.shaded.com.google.common.collect.ImmutableList;
import org.apache.flink.table.planner.plan.nodes.logical.FlinkLogicalCalc;
import org.apache.flink.table.planner.plan.nodes.logical.FlinkLogicalCorrelate;
import org.apache.flink.table.planner.plan.nodes.logical.FlinkLogicalTableFunctionScan;
import org.apache.flink.table.planner.plan.nodes.logical.FlinkLogicalValues;
import org.apache.flink.table.planner.plan.optimize.program.FlinkOptimizeContext;
import org.apache.flink.table.planner.plan.optimize.program.FlinkOptimizeProgram;

/**
 * Calls Go functions in the arguments of table functions, such as UNNEST, before the table function is
 * called: an argument that contains such a call becomes a column of the input to which the table function
 * is joined.
 *
 * <p>Flink's rule for this (PythonCorrelateSplitRule) fails where a field of the function's result is
 * read. Flink has no rule for a table function that is not joined to an input, as in
 * {@code SELECT * FROM UNNEST(Split('a b'))}. Such a table function is joined to a single row here.
 */
final class UnnestedCalls<C extends FlinkOptimizeContext> implements FlinkOptimizeProgram<C> {
    @Override
    public RelNode optimize(RelNode root, C context) {
        return root.accept(
                new RelHomogeneousShuttle() {
                    @Override
                    public RelNode visit(RelNode node) {
                        if (node instanceof FlinkLogicalCorrelate) {
                            FlinkLogicalCorrelate join = (FlinkLogicalCorrelate) node;
                            if (callsIn(scan(join.getRight()))) {
                                RelNode left = join.getLeft().accept(this);
                                return new Join(join, left).result(left.getRowType().getFieldCount());
                            }
                            if (scan(join.getRight()) != null) {
                                return node.copy(
                                        node.getTraitSet(),
                                        List.of(join.getLeft().accept(this), join.getRight()));
                            }
                        }
                        if (node instanceof FlinkLogicalTableFunctionScan
                                && callsIn((FlinkLogicalTableFunctionScan) node)) {
                            return alone((FlinkLogicalTableFunctionScan) node);
                        }
                        return super.visit(node);
                    }
                });
    }

    /** The table function that is joined; null if it is something else. */
    private static FlinkLogicalTableFunctionScan scan(RelNode right) {
        return right instanceof FlinkLogicalCalc
                ? scan(((FlinkLogicalCalc) right).getInput())
                : right instanceof FlinkLogicalTableFunctionScan
                        ? (FlinkLogicalTableFunctionScan) right
                        : null;
    }

    private static boolean callsIn(FlinkLogicalTableFunctionScan scan) {
        return scan != null && scan.getInputs().isEmpty() && SplitCalls.calls(scan.getCall());
    }

    private static RelNode alone(FlinkLogicalTableFunctionScan scan) {
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
        return new Join(join, values).result(0);
    }

    /** A join with a table function, converted so that the function's arguments are columns. */
    private static final class Join {
        private final FlinkLogicalCorrelate join;
        private final RelNode left;
        private final int width;
        private final CorrelationId id;
        private final RexBuilder builder;

        Join(FlinkLogicalCorrelate join, RelNode left) {
            this.join = join;
            this.left = left;
            width = left.getRowType().getFieldCount();
            id = join.getCorrelationId();
            builder = join.getCluster().getRexBuilder();
        }

        /** The join of the left side's first columns with those of the table function. */
        RelNode result(int kept) {
            RexCall call = (RexCall) scan(join.getRight()).getCall();
            RelNode extended = extended(call);
            RelNode right = over(join.getRight(), withColumns(call, extended.getRowType()));
            int all = extended.getRowType().getFieldCount();
            RelNode joined =
                    new FlinkLogicalCorrelate(
                            join.getCluster(),
                            join.getTraitSet(),
                            extended,
                            right,
                            id,
                            join.getRequiredColumns().union(ImmutableBitSet.range(width, all)),
                            join.getJoinType());
            List<RexNode> projects = new ArrayList<>();
            List<String> names = new ArrayList<>();
            for (int i = 0; i < joined.getRowType().getFieldCount(); i++) {
                if (i < kept || i >= all) {
                    projects.add(RexInputRef.of(i, joined.getRowType()));
                    names.add(join.getRowType().getFieldNames().get(i < kept ? i : i - all + width));
                }
            }
            return calc(joined, projects, names);
        }

        /** The left side with a column for each argument that contains a call. */
        private RelNode extended(RexCall call) {
            List<RexNode> projects = new ArrayList<>();
            List<String> names = new ArrayList<>(left.getRowType().getFieldNames());
            for (int i = 0; i < width; i++) {
                projects.add(RexInputRef.of(i, left.getRowType()));
            }
            for (RexNode operand : call.getOperands()) {
                if (SplitCalls.calls(operand)) {
                    names.add("f" + (projects.size() - width));
                    projects.add(operand.accept(new LeftColumns()));
                }
            }
            return calc(left, projects, SqlValidatorUtil.uniquify(names, true));
        }

        private RexCall withColumns(RexCall call, RelDataType row) {
            RexNode variable = builder.makeCorrel(row, id);
            List<RexNode> operands = new ArrayList<>();
            int next = width;
            for (RexNode operand : call.getOperands()) {
                operands.add(
                        SplitCalls.calls(operand) ? builder.makeFieldAccess(variable, next++) : operand);
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

        private RelNode calc(RelNode input, List<RexNode> projects, List<String> names) {
            RexProgram program = RexProgram.create(input.getRowType(), projects, null, names, builder);
            return new FlinkLogicalCalc(join.getCluster(), join.getTraitSet(), input, program);
        }

        /** Reads the left side's columns directly, and not through the join. */
        private final class LeftColumns extends RexShuttle {
            @Override
            public RexNode visitFieldAccess(RexFieldAccess access) {
                RexNode of = access.getReferenceExpr();
                return of instanceof RexCorrelVariable && ((RexCorrelVariable) of).id.equals(id)
                        ? RexInputRef.of(access.getField().getIndex(), left.getRowType())
                        : super.visitFieldAccess(access);
            }
        }
    }
}
