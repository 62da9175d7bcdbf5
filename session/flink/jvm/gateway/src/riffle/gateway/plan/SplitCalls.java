package riffle.gateway.plan;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.calcite.plan.RelOptRule;
import org.apache.calcite.plan.RelOptRuleCall;
import org.apache.calcite.plan.RelOptUtil;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.rel.type.RelDataType;
import org.apache.calcite.rex.RexBuilder;
import org.apache.calcite.rex.RexCall;
import org.apache.calcite.rex.RexInputRef;
import org.apache.calcite.rex.RexLiteral;
import org.apache.calcite.rex.RexNode;
import org.apache.calcite.rex.RexProgram;
import org.apache.calcite.rex.RexShuttle;
import org.apache.calcite.rex.RexUtil;
import org.apache.calcite.rex.RexVisitorImpl;
import org.apache.calcite.sql.validate.SqlValidatorUtil;
import org.apache.flink.table.functions.python.PythonFunctionKind;
import org.apache.flink.table.planner.calcite.FlinkTypeFactory;
import org.apache.flink.table.planner.plan.nodes.logical.FlinkLogicalCalc;
import org.apache.flink.table.types.logical.LocalZonedTimestampType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.apache.flink.table.types.logical.TimestampType;
import org.apache.flink.table.types.logical.utils.LogicalTypeChecks;

/**
 * Splits a calc that calls Go functions into calcs that either call Go functions or do everything else.
 * Flink's operator for Go functions can only call them: a calc for it has no condition, and projects
 * columns first and then calls, whose arguments are columns, constants or further calls.
 *
 * <p>Flink has rules for this (PythonCalcSplitRule), which confuse columns where a field of a row is read:
 * some queries fail for a field next to a call, others for a field of an argument or of a result. This
 * rule does their work, and leaves nothing for them to match.
 *
 * <p>A condition is applied as soon as its inputs are available. So functions in projections are called
 * for the rows that pass the condition, and functions in a condition for the rows that pass those parts of
 * it that call no function.
 */
final class SplitCalls extends RelOptRule {
    static final SplitCalls INSTANCE = new SplitCalls();

    // The alternative requires a class that is generated for each rule's configuration.
    @SuppressWarnings("deprecation")
    private SplitCalls() {
        super(operand(FlinkLogicalCalc.class, any()), "RiffleSplitCalls");
    }

    @Override
    public boolean matches(RelOptRuleCall call) {
        FlinkLogicalCalc calc = call.rel(0);
        List<RexNode> expressions = FunctionCalcs.projects(calc.getProgram());
        RexNode condition = condition(calc.getProgram());
        if (condition != null) {
            return calls(condition) || expressions.stream().anyMatch(SplitCalls::calls);
        }
        return expressions.stream().anyMatch(SplitCalls::calls) && !callsOnly(expressions);
    }

    @Override
    public void onMatch(RelOptRuleCall call) {
        call.transformTo(new Split(call.rel(0)).result());
    }

    private static RexNode condition(RexProgram program) {
        return program.getCondition() == null ? null : program.expandLocalRef(program.getCondition());
    }

    /** Whether the projections are columns followed by calls of one kind, as Flink's operator requires. */
    private static boolean callsOnly(List<RexNode> projects) {
        PythonFunctionKind kind = null;
        for (RexNode project : projects) {
            if (project instanceof RexInputRef && kind == null) {
                continue;
            }
            PythonFunctionKind own = kind(project);
            if (own == null || (kind != null && kind != own) || !ready((RexCall) project, own, true)) {
                return false;
            }
            kind = own;
        }
        return true;
    }

    /** How a call's function gets its arguments; null if it is not a call of a Go function. */
    private static PythonFunctionKind kind(RexNode node) {
        GoFunction function = node instanceof RexCall ? GoFunction.of((RexCall) node) : null;
        return function == null ? null : function.getPythonFunctionKind();
    }

    static boolean calls(RexNode expression) {
        boolean[] found = {false};
        expression.accept(
                new RexVisitorImpl<Void>(true) {
                    @Override
                    public Void visitCall(RexCall call) {
                        found[0] |= kind(call) != null;
                        return super.visitCall(call);
                    }
                });
        return found[0];
    }

    /**
     * Whether a call can be made once its arguments are columns: none of them reads the result of
     * another call, unless it is exactly that result and the other call can be made together with it.
     * If {@code columns} is set, they must be columns already, and no argument may be a computation.
     */
    private static boolean ready(RexCall call, PythonFunctionKind kind, boolean columns) {
        for (RexNode operand : call.getOperands()) {
            boolean good =
                    kind(operand) == kind
                            ? ready((RexCall) operand, kind, columns)
                            : columns ? isColumn(operand) : !calls(operand);
            if (!good) {
                return false;
            }
        }
        return true;
    }

    /** Whether an argument can be passed unchanged. A time attribute must be cast to a value first. */
    private static boolean isColumn(RexNode argument) {
        return argument instanceof RexLiteral
                || argument instanceof RexInputRef && !FlinkTypeFactory.isTimeIndicatorType(argument.getType());
    }

    /** The calcs that replace one calc, built from the bottom up. */
    private static final class Split {
        private final FlinkLogicalCalc calc;
        private final RexBuilder builder;

        /**
         * What has been built so far. Its rows are still to be filtered by the condition, if there is
         * one.
         */
        private RelNode rel;

        private RexNode condition;

        Split(FlinkLogicalCalc calc) {
            this.calc = calc;
            builder = calc.getCluster().getRexBuilder();
            rel = calc.getInput();
        }

        RelNode result() {
            List<RexNode> projects = FunctionCalcs.projects(calc.getProgram());
            List<RexNode> calling = new ArrayList<>();
            List<RexNode> other = new ArrayList<>();
            for (RexNode part : RelOptUtil.conjunctions(SplitCalls.condition(calc.getProgram()))) {
                (calls(part) ? calling : other).add(part);
            }
            condition = RexUtil.composeConjunction(builder, other, true);
            if (!calling.isEmpty()) {
                List<RexNode> expressions = new ArrayList<>(calling);
                expressions.addAll(projects);
                expressions = withoutCalls(expressions, calling.size());
                condition = RexUtil.composeConjunction(builder, expressions.subList(0, calling.size()), true);
                projects = expressions.subList(calling.size(), expressions.size());
            }
            projects = withoutCalls(projects, projects.size());
            if (condition == null && rel instanceof FlinkLogicalCalc && isIdentity(projects)) {
                FlinkLogicalCalc last = (FlinkLogicalCalc) rel;
                return last.copy(last.getTraitSet(), last.getInput(), renamed(last.getProgram()));
            }
            return calc.copy(
                    calc.getTraitSet(),
                    rel,
                    RexProgram.create(rel.getRowType(), projects, condition, calc.getRowType(), builder));
        }

        private boolean isIdentity(List<RexNode> projects) {
            return RexUtil.isIdentity(projects, rel.getRowType());
        }

        private RexProgram renamed(RexProgram program) {
            return RexProgram.create(
                    program.getInputRowType(), FunctionCalcs.projects(program), null, calc.getRowType(), builder);
        }

        /**
         * Makes the calls in the first expressions, innermost first. Returns all expressions over the
         * columns that exist then.
         */
        private List<RexNode> withoutCalls(List<RexNode> expressions, int first) {
            while (true) {
                int width = rel.getRowType().getFieldCount();
                Columns calls = new Columns(width);
                CallsToColumns toColumns = new CallsToColumns(calls);
                List<RexNode> rest = new ArrayList<>(toColumns.apply(expressions.subList(0, first)));
                rest.addAll(expressions.subList(first, expressions.size()));
                if (calls.isEmpty()) {
                    return rest;
                }
                expressions = called(rest, calls, width);
            }
        }

        /**
         * Adds calcs that make the calls. In the expressions, columns after the others stand for their
         * results.
         */
        private List<RexNode> called(List<RexNode> expressions, Columns calls, int width) {
            List<Integer> forwarded = references(expressions, width);
            Columns arguments = new Columns(width);
            List<RexNode> rewritten = new ArrayList<>();
            for (RexNode call : calls.expressions) {
                rewritten.add(withColumns((RexCall) call, arguments));
            }
            if (condition != null || !arguments.isEmpty()) {
                List<RexNode> all = new ArrayList<>(rewritten);
                forwarded.forEach(i -> all.add(RexInputRef.of(i, rel.getRowType())));
                List<Integer> kept = references(all, width);
                add(kept, arguments.expressions, condition);
                condition = null;
                Moved moved = new Moved(kept, width);
                rewritten = moved.apply(rewritten);
                expressions = new Moved(kept, width, arguments.size()).apply(expressions);
                forwarded = forwarded.stream().map(kept::indexOf).collect(Collectors.toList());
                width = rel.getRowType().getFieldCount();
            }
            add(forwarded, rewritten, null);
            return new Moved(forwarded, width).apply(expressions);
        }

        /** The call with columns in place of the arguments that must be computed first. */
        private RexNode withColumns(RexCall call, Columns arguments) {
            List<RexNode> operands = new ArrayList<>();
            for (RexNode operand : call.getOperands()) {
                operands.add(
                        kind(operand) != null
                                ? withColumns((RexCall) operand, arguments)
                                : isColumn(operand) ? operand : arguments.of(value(builder, operand)));
            }
            return call.clone(call.getType(), operands);
        }

        private void add(List<Integer> forwarded, List<RexNode> computed, RexNode condition) {
            List<RexNode> projects = new ArrayList<>();
            List<String> names = new ArrayList<>();
            for (int i : forwarded) {
                projects.add(RexInputRef.of(i, rel.getRowType()));
                names.add(rel.getRowType().getFieldNames().get(i));
            }
            for (RexNode expression : computed) {
                names.add("f" + (projects.size() - forwarded.size()));
                projects.add(expression);
            }
            RexProgram program =
                    RexProgram.create(
                            rel.getRowType(),
                            projects,
                            condition,
                            SqlValidatorUtil.uniquify(names, true),
                            builder);
            rel = new FlinkLogicalCalc(calc.getCluster(), calc.getTraitSet(), rel, program);
        }
    }

    /**
     * An argument as a value that a column can have. Flink treats a NOT NULL field as NOT NULL even if its row
     * is NULL, and the column would then have an arbitrary value.
     */
    static RexNode value(RexBuilder builder, RexNode argument) {
        FlinkTypeFactory types = (FlinkTypeFactory) builder.getTypeFactory();
        RelDataType type = argument.getType();
        if (!FlinkTypeFactory.isTimeIndicatorType(type)) {
            return type.isNullable()
                    ? argument
                    : builder.makeAbstractCast(types.createTypeWithNullability(type, true), argument, false);
        }
        LogicalType attribute = FlinkTypeFactory.toLogicalType(type);
        LogicalType plain =
                attribute.is(LogicalTypeRoot.TIMESTAMP_WITH_LOCAL_TIME_ZONE)
                        ? new LocalZonedTimestampType(attribute.isNullable(), LogicalTypeChecks.getPrecision(attribute))
                        : new TimestampType(attribute.isNullable(), LogicalTypeChecks.getPrecision(attribute));
        return builder.makeAbstractCast(types.createFieldTypeFromLogicalType(plain), argument, false);
    }

    /** The columns below the given width that the expressions read. */
    private static List<Integer> references(List<RexNode> expressions, int width) {
        TreeSet<Integer> found = new TreeSet<>();
        for (RexNode expression : expressions) {
            expression.accept(
                    new RexVisitorImpl<Void>(true) {
                        @Override
                        public Void visitInputRef(RexInputRef ref) {
                            if (ref.getIndex() < width) {
                                found.add(ref.getIndex());
                            }
                            return null;
                        }
                    });
        }
        return new ArrayList<>(found);
    }

    /** Expressions that become columns after the existing ones. */
    private static final class Columns {
        final List<RexNode> expressions = new ArrayList<>();

        private final Map<RexNode, RexNode> known = new LinkedHashMap<>();
        private final int width;

        Columns(int width) {
            this.width = width;
        }

        boolean isEmpty() {
            return expressions.isEmpty();
        }

        int size() {
            return expressions.size();
        }

        /**
         * The column of an expression. Equal expressions share one, unless each must have its own
         * value.
         */
        RexNode of(RexNode expression) {
            RexNode column = known.get(expression);
            if (column == null) {
                column = new RexInputRef(width + expressions.size(), expression.getType());
                expressions.add(expression);
                if (RexUtil.isDeterministic(expression)) {
                    known.put(expression, column);
                }
            }
            return column;
        }
    }

    /** Replaces the calls in expressions that can be made next, all of the kind of the first. */
    private static final class CallsToColumns extends RexShuttle {
        private final Columns columns;
        private PythonFunctionKind kind;

        CallsToColumns(Columns columns) {
            this.columns = columns;
        }

        @Override
        public RexNode visitCall(RexCall call) {
            PythonFunctionKind own = kind(call);
            if (own != null && (kind == null || kind == own) && ready(call, own, false)) {
                kind = own;
                return columns.of(call);
            }
            return super.visitCall(call);
        }
    }

    /**
     * Maps columns to their places in a calc: those that it forwards come first, then what it computes,
     * which was counted after all columns.
     */
    private static final class Moved extends RexShuttle {
        private final List<Integer> forwarded;
        private final int width;
        private final int inserted;

        Moved(List<Integer> forwarded, int width) {
            this(forwarded, width, 0);
        }

        /** With columns inserted before those that were counted after all others. */
        Moved(List<Integer> forwarded, int width, int inserted) {
            this.forwarded = forwarded;
            this.width = width;
            this.inserted = inserted;
        }

        @Override
        public RexNode visitInputRef(RexInputRef ref) {
            int index =
                    ref.getIndex() < width
                            ? forwarded.indexOf(ref.getIndex())
                            : ref.getIndex() - width + forwarded.size() + inserted;
            return new RexInputRef(index, ref.getType());
        }
    }
}
