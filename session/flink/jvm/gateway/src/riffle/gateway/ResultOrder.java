package riffle.gateway;

import java.util.ArrayList;
import java.util.List;
import org.apache.calcite.rel.RelCollations;
import org.apache.calcite.rel.RelFieldCollation;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.rel.core.Filter;
import org.apache.calcite.rel.core.Project;
import org.apache.calcite.rel.core.Sort;
import org.apache.calcite.rel.logical.LogicalSort;
import org.apache.calcite.rel.type.RelDataType;
import org.apache.calcite.rel.type.RelDataTypeFactory;
import org.apache.calcite.rex.RexInputRef;
import org.apache.calcite.rex.RexNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ArrayNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;
import org.apache.flink.table.operations.QueryOperation;
import org.apache.flink.table.planner.operations.PlannerQueryOperation;
import org.apache.flink.table.planner.plan.utils.SortUtil;

/**
 * The order in which the rows of a streaming query are to be shown. ORDER BY with LIMIT sends each change
 * when it happens, so the table has to be sorted where the changes are folded.
 *
 * <p>Sort keys that the query does not select are added after the query's own columns, because a
 * projection above the sort would drop them. The client reads them and does not show them.
 *
 * <p>An ORDER BY without LIMIT does not need this: Flink sends its rows in order.
 */
final class ResultOrder {
    private static final String HIDDEN = "riffle_order";

    private final QueryOperation operation;
    private final List<RelFieldCollation> keys;
    private final int hidden;

    private ResultOrder(QueryOperation operation, List<RelFieldCollation> keys, int hidden) {
        this.operation = operation;
        this.keys = keys;
        this.hidden = hidden;
    }

    static ResultOrder of(QueryOperation operation) {
        if (operation instanceof PlannerQueryOperation) {
            RelNode query = ((PlannerQueryOperation) operation).getCalciteTree();
            Sorted sorted = sorted(query);
            if (sorted != null) {
                int columns = query.getRowType().getFieldCount();
                int hidden = sorted.node.getRowType().getFieldCount() - columns;
                return new ResultOrder(
                        sorted.node == query
                                ? operation
                                : new PlannerQueryOperation(sorted.node, query::toString),
                        sorted.keys,
                        hidden);
            }
        }
        return none(operation);
    }

    /** The order of a query whose rows arrive in display order. */
    static ResultOrder none(QueryOperation operation) {
        return new ResultOrder(operation, List.of(), 0);
    }

    /** The query, followed by the keys that it does not select as its last columns. */
    QueryOperation operation() {
        return operation;
    }

    /**
     * Writes {@code order}, for each key its column, whether it is {@code descending}, and whether NULLs
     * are last; and {@code hidden}, the number of columns that were added.
     */
    void describe(ObjectNode out) {
        ArrayNode order = out.putArray("order");
        for (RelFieldCollation key : keys) {
            boolean descending = key.getDirection().isDescending();
            order.addObject()
                    .put("column", key.getFieldIndex())
                    .put("descending", descending)
                    .put(
                            "nullsLast",
                            key.nullDirection == RelFieldCollation.NullDirection.UNSPECIFIED
                                    ? SortUtil.getNullDefaultOrder(!descending)
                                    : key.nullDirection == RelFieldCollation.NullDirection.LAST);
        }
        out.put("hidden", hidden);
    }

    /** A query whose rows have an order, by columns of its own. */
    private static final class Sorted {
        final RelNode node;
        final List<RelFieldCollation> keys;

        Sorted(RelNode node, List<RelFieldCollation> keys) {
            this.node = node;
            this.keys = keys;
        }
    }

    /** The node with its keys; null if the client need not sort its rows. */
    private static Sorted sorted(RelNode node) {
        if (node instanceof Sort && !((Sort) node).getCollation().getFieldCollations().isEmpty()) {
            Sort sort = (Sort) node;
            return sort.fetch == null ? null : new Sorted(sort, sort.getCollation().getFieldCollations());
        }
        // These keep the order of rows.
        if (node instanceof Project || node instanceof Filter || node instanceof Sort) {
            Sorted input = sorted(node.getInput(0));
            if (input == null) {
                return null;
            }
            if (node instanceof Project) {
                return projected((Project) node, input);
            }
            RelNode kept =
                    node instanceof Sort
                            ? limited((Sort) node, input)
                            : node.copy(node.getTraitSet(), List.of(input.node));
            return new Sorted(kept, input.keys);
        }
        return null;
    }

    /**
     * A LIMIT of rows that have an order takes the first of them in that order, not those that arrive
     * first.
     */
    private static RelNode limited(Sort limit, Sorted input) {
        return LogicalSort.create(input.node, RelCollations.of(input.keys), limit.offset, limit.fetch);
    }

    private static Sorted projected(Project project, Sorted input) {
        List<RexNode> projects = new ArrayList<>(project.getProjects());
        RelDataTypeFactory.Builder type =
                project.getCluster().getTypeFactory().builder().addAll(project.getRowType().getFieldList());
        List<RelFieldCollation> keys = new ArrayList<>();
        for (RelFieldCollation key : input.keys) {
            int column = selected(projects, key.getFieldIndex());
            if (column < 0) {
                column = projects.size();
                RelDataType keyType = input.node.getRowType().getFieldList().get(key.getFieldIndex()).getType();
                projects.add(project.getCluster().getRexBuilder().makeInputRef(input.node, key.getFieldIndex()));
                type.add(unused(project, HIDDEN + column), keyType);
            }
            keys.add(key.withFieldIndex(column));
        }
        return new Sorted(project.copy(project.getTraitSet(), input.node, projects, type.build()), keys);
    }

    /** The position of a column of the input among the projects; -1 if it is not among them. */
    private static int selected(List<RexNode> projects, int column) {
        for (int i = 0; i < projects.size(); i++) {
            if (projects.get(i) instanceof RexInputRef && ((RexInputRef) projects.get(i)).getIndex() == column) {
                return i;
            }
        }
        return -1;
    }

    private static String unused(Project project, String name) {
        while (project.getRowType().getFieldNames().contains(name)) {
            name += "_";
        }
        return name;
    }
}
