package riffle.gateway;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.util.Base64;
import java.util.Iterator;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.RowType;
import riffle.job.rows.ArrowBatches;

/** The few rows of a statement such as SHOW, which are returned within the reply, as an Arrow stream. */
final class LocalRows {
    private LocalRows() {}

    static ObjectNode answer(RowType type, Iterator<RowData> rows) throws IOException {
        ByteArrayOutputStream stream = new ByteArrayOutputStream();
        ArrowBatches batches = new ArrowBatches(type, Channels.newChannel(stream));
        batches.start();
        while (rows.hasNext()) {
            batches.add(rows.next());
            if (batches.full()) {
                batches.flush();
            }
        }
        batches.flush();
        ObjectNode out = Json.object().put("kind", "rows");
        ArrowBatches.describeTexts(type, out.putObject("texts"));
        return out.put("rows", Base64.getEncoder().encodeToString(stream.toByteArray()));
    }
}
