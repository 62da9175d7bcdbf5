package riffle.gateway;

import java.io.IOException;
import java.util.List;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;
import org.apache.flink.table.api.ExplainDetail;
import org.apache.flink.table.api.TablePipeline;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.operations.ExplainOperation;
import org.apache.flink.table.operations.ModifyOperation;
import org.apache.flink.table.operations.QueryOperation;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.VarCharType;

/**
 * EXPLAIN CHANGELOG_MODE of a query. Flink plans a query that has no sink for a reader who needs no -U, so its
 * answer lists other changes than the query emits when it runs. Here the query is planned with riffle's sink,
 * which the answer leaves out.
 */
final class QueryPlan {
    private static final int INDENT = 3;

    private QueryPlan() {}

    static boolean hasChanges(Object operation) {
        if (!(operation instanceof ExplainOperation)) {
            return false;
        }
        ExplainOperation explain = (ExplainOperation) operation;
        return explain.getChild() instanceof QueryOperation
                && !(explain.getChild() instanceof ModifyOperation)
                && explain.getExplainDetails().contains(ExplainDetail.CHANGELOG_MODE.name());
    }

    static ObjectNode answer(TablePipeline query, ExplainOperation operation) throws IOException {
        ExplainDetail[] details =
                operation.getExplainDetails().stream().map(ExplainDetail::valueOf).toArray(ExplainDetail[]::new);
        RowData row = GenericRowData.of(StringData.fromString(withoutSink(query.explain(details))));
        RowType type = RowType.of(new LogicalType[] {VarCharType.STRING_TYPE}, new String[] {"result"});
        return LocalRows.answer(type, List.of(row).iterator());
    }

    /** The plans' trees without the sink, which is the root of each. */
    private static String withoutSink(String plan) {
        StringBuilder out = new StringBuilder();
        boolean below = false;
        for (String line : plan.split("\n", -1)) {
            if (line.startsWith("LogicalSink(") || line.startsWith("Sink(")) {
                below = true;
                continue;
            }
            below &= !line.isEmpty();
            out.append(below ? line.substring(Math.min(INDENT, line.length())) : line).append('\n');
        }
        return out.substring(0, out.length() - 1);
    }
}
