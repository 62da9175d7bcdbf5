package riffle.sink;

import java.io.IOException;
import org.apache.flink.api.common.TaskInfo;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.RowType;

/** The runtime sink: each subtask opens a connection of its own to riffle. */
final class ArrowSink implements Sink<RowData> {
    private static final long serialVersionUID = 1L;

    private final RowType type;
    private final String host;
    private final int port;
    private final String token;
    private final String query;

    ArrowSink(RowType type, String host, int port, String token, String query) {
        this.type = type;
        this.host = host;
        this.port = port;
        this.token = token;
        this.query = query;
    }

    @Override
    public SinkWriter<RowData> createWriter(WriterInitContext context) throws IOException {
        TaskInfo task = context.getTaskInfo();
        FrameChannel channel = new FrameChannel(host, port);
        channel.hello(
                token,
                query,
                task.getIndexOfThisSubtask(),
                task.getNumberOfParallelSubtasks(),
                task.getAttemptNumber());
        return new ArrowSinkWriter(type, channel, context.getProcessingTimeService());
    }
}
