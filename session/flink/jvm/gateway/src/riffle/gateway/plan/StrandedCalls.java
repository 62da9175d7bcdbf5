package riffle.gateway.plan;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.rel.core.Calc;
import org.apache.calcite.rel.core.Join;
import org.apache.calcite.rel.core.JoinRelType;
import org.apache.calcite.rel.core.Match;
import org.apache.calcite.rel.core.Snapshot;
import org.apache.calcite.rel.core.TableScan;
import org.apache.calcite.rex.RexCall;
import org.apache.calcite.rex.RexInputRef;
import org.apache.calcite.rex.RexNode;
import org.apache.calcite.rex.RexProgram;
import org.apache.calcite.rex.RexVisitorImpl;
import org.apache.flink.table.planner.calcite.FlinkTypeFactory;
import org.apache.flink.table.planner.plan.nodes.calcite.WatermarkAssigner;
import org.apache.flink.table.planner.plan.nodes.physical.common.CommonPhysicalLookupJoin;
import org.apache.flink.table.planner.plan.optimize.program.FlinkOptimizeContext;
import org.apache.flink.table.planner.plan.optimize.program.FlinkOptimizeProgram;
import riffle.gateway.internals.Internals;
import scala.Option;

/**
 * Rejects calls of Go functions that the plan leaves where nothing can make them. Only Flink's operator
 * for functions can call them. Flink moves most calls into such an operator. For the others, planning
 * fails, or the job fails at the first row.
 *
 * <p>It checks twice: before the physical plan is made, because Flink's joins and MATCH_RECOGNIZE reject
 * such calls with messages of their own there, and on the finished plan, for all other nodes.
 */
final class StrandedCalls<C extends FlinkOptimizeContext> implements FlinkOptimizeProgram<C> {
    private static final String LOOKUP = "a condition on a lookup join's table, or on its key";

    private final Internals internals = Internals.current();
    private final CallSites sites;
    private final boolean finished;

    /**
     * @param sites finds a call in the statement's text
     * @param finished whether the plan is the physical one, in which no call may remain
     */
    StrandedCalls(CallSites sites, boolean finished) {
        this.sites = sites;
        this.finished = finished;
    }

    @Override
    public RelNode optimize(RelNode root, C context) {
        check(root);
        return root;
    }

    private void check(RelNode node) {
        node.getInputs().forEach(this::check);
        if (node instanceof Match) {
            List<RexCall> measures = calls(((Match) node).getMeasures());
            refuse(measures, CallSites.Place.MATCH, "MEASURES of MATCH_RECOGNIZE");
            refuse(calls(((Match) node).getPatternDefinitions()), CallSites.Place.MATCH, "DEFINE of MATCH_RECOGNIZE");
        } else if (node instanceof Join) {
            join((Join) node);
        } else if (node instanceof Snapshot && !FlinkTypeFactory.isRowtimeIndicatorType(((Snapshot) node).getPeriod().getType())) {
            lookup(node.getInput(0));
        } else if (node instanceof WatermarkAssigner || node instanceof TableScan) {
            refuse(calls(internals.partsOf(node)), CallSites.Place.WATERMARK, "the watermark of a table");
        } else if (finished && node instanceof CommonPhysicalLookupJoin) {
            refuse(calls(internals.partsOf(node)), CallSites.Place.LOOKUP, LOOKUP);
        } else if (finished && !FunctionCalcs.callsFunctions(node)) {
            String name = node.getRelTypeName().replaceAll("^(Stream|Batch)Physical", "");
            refuse(calls(internals.partsOf(node)), CallSites.Place.OTHER, "this place (" + name + " in the plan)");
        }
    }

    /** A lookup join supports projections and conditions on the table that it looks up, but no calls. */
    private void lookup(RelNode asked) {
        if (asked instanceof Calc) {
            refuse(calls(((Calc) asked).getProgram()), CallSites.Place.LOOKUP, LOOKUP);
            lookup(asked.getInput(0));
        }
    }

    private void join(Join join) {
        List<RexCall> calls = calls(join.getCondition());
        boolean both = calls.stream().allMatch(call -> sides(call, join) == 2);
        if (!both) {
            calls.removeIf(call -> sides(call, join) == 2);
        }
        JoinRelType type = join.getJoinType();
        if (type == JoinRelType.SEMI || type == JoinRelType.ANTI) {
            refuse(
                    calls,
                    both ? CallSites.Place.BOTH_QUERIES : CallSites.Place.SUBQUERY,
                    "a subquery of EXISTS or IN" + (both ? " with columns of both queries" : ""));
            return;
        }
        if (calls.isEmpty()) {
            return;
        }
        String temporal = join.getRight() instanceof Snapshot ? " FOR SYSTEM_TIME AS OF" : "";
        String columns = both ? " that gives it columns of both tables" : " that uses columns of one table only";
        throw sites.refusal(
                GoFunction.of(calls.get(0)).name(),
                both ? CallSites.Place.BOTH_SIDES : CallSites.Place.JOIN,
                type,
                kind -> "the condition of " + kind + temporal + columns);
    }

    /** The number of a join's sides whose columns a call uses. */
    private static int sides(RexCall call, Join join) {
        boolean[] found = new boolean[2];
        int width = join.getLeft().getRowType().getFieldCount();
        call.accept(
                new RexVisitorImpl<Void>(true) {
                    @Override
                    public Void visitInputRef(RexInputRef column) {
                        found[column.getIndex() < width ? 0 : 1] = true;
                        return null;
                    }
                });
        return (found[0] ? 1 : 0) + (found[1] ? 1 : 0);
    }

    private void refuse(List<RexCall> calls, CallSites.Place place, String where) {
        if (!calls.isEmpty()) {
            throw sites.refusal(GoFunction.of(calls.get(0)).name(), place, where);
        }
    }

    /** The calls of Go functions in a part of a node: an expression, or an object that contains some. */
    private List<RexCall> calls(Object part) {
        List<RexCall> found = new ArrayList<>();
        find(part, found);
        return found;
    }

    private void find(Object part, List<RexCall> found) {
        if (part instanceof RexNode) {
            ((RexNode) part)
                    .accept(
                            new RexVisitorImpl<Void>(true) {
                                @Override
                                public Void visitCall(RexCall call) {
                                    if (GoFunction.of(call) != null) {
                                        found.add(call);
                                    }
                                    return super.visitCall(call);
                                }
                            });
        } else if (part instanceof RexProgram) {
            find(((RexProgram) part).getExprList(), found);
        } else if (part instanceof Option && ((Option<?>) part).isDefined()) {
            find(((Option<?>) part).get(), found);
        } else if (part instanceof Collection) {
            ((Collection<?>) part).forEach(p -> find(p, found));
        } else if (part instanceof Map) {
            find(((Map<?, ?>) part).values(), found);
        } else if (part instanceof Object[]) {
            find(List.of((Object[]) part), found);
        } else if (part != null && internals.isPartOfPlan(part.getClass()) && !(part instanceof RelNode)) {
            find(internals.partsOf(part), found);
        }
    }
}
