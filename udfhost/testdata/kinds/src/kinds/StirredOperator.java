package kinds;

import static kinds.Parts.part;

import java.lang.reflect.Method;
import org.apache.flink.api.common.watermark.LongWatermark;
import org.apache.flink.runtime.event.WatermarkEvent;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.streaming.api.graph.StreamConfig;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.Output;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.LatencyMarker;
import org.apache.flink.streaming.runtime.streamrecord.RecordAttributes;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.tasks.ProcessingTimeService;
import org.apache.flink.streaming.runtime.tasks.StreamTask;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.RowType;
import riffle.gateway.jobs.OperatorReplacement;
import riffle.job.function.BatchOperator;

/**
 * An operator for functions, to whose rows other stream elements are added. The job fails if one of them is
 * not emitted after exactly the results of the rows before it.
 */
public class StirredOperator extends AbstractStreamOperator<RowData>
        implements OneInputStreamOperator<RowData, RowData>, BoundedOneInput {
    private static final long serialVersionUID = 1L;

    private final AbstractStreamOperator<RowData> stirred;
    private transient StirredOutput watched;
    private transient long rows;
    private transient boolean idle;

    private StirredOperator(AbstractStreamOperator<RowData> stirred) {
        this.stirred = stirred;
    }

    /** Replaces the operators for functions whose first input field is named "stirred". */
    public static class Replacement implements OperatorReplacement {
        @Override
        @SuppressWarnings("unchecked")
        public StreamOperator<?> of(StreamOperator<?> operator) {
            return operator instanceof BatchOperator
                            && part(operator, "inputType", RowType.class).getFieldNames().get(0).equals("stirred")
                    ? new StirredOperator((AbstractStreamOperator<RowData>) operator)
                    : operator;
        }
    }

    @Override
    protected void setup(StreamTask<?, ?> task, StreamConfig config, Output<StreamRecord<RowData>> output) {
        super.setup(task, config, output);
        watched = new StirredOutput(output);
        try {
            Method time =
                    AbstractStreamOperator.class.getDeclaredMethod("setProcessingTimeService", ProcessingTimeService.class);
            time.setAccessible(true);
            time.invoke(stirred, getProcessingTimeService());
            Method setup =
                    AbstractStreamOperator.class.getDeclaredMethod(
                            "setup", StreamTask.class, StreamConfig.class, Output.class);
            setup.setAccessible(true);
            setup.invoke(stirred, task, config, watched);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    @SuppressWarnings("unchecked")
    private OneInputStreamOperator<RowData, RowData> input() {
        return (OneInputStreamOperator<RowData, RowData>) stirred;
    }

    @Override
    public void open() throws Exception {
        stirred.open();
    }

    @Override
    public void processElement(StreamRecord<RowData> element) throws Exception {
        stir();
        input().processElement(element);
        rows++;
        watched.came(stirred instanceof RepeatsOperator ? element.getValue().getLong(0) % 4 : 1);
    }

    /** Sends one element of each kind before the first row and after each third. */
    private void stir() throws Exception {
        if (rows % 3 == 0 || rows % 100 == 50) {
            idle = !idle; // the same status is not emitted twice
            watched.expect(idle ? WatermarkStatus.IDLE : WatermarkStatus.ACTIVE);
            input().processWatermarkStatus(watched.last(WatermarkStatus.class));
            watched.expect(new LatencyMarker(rows, new OperatorID(), 7));
            input().processLatencyMarker(watched.last(LatencyMarker.class));
            watched.expect(new RecordAttributes(rows % 2 == 0));
            input().processRecordAttributes(watched.last(RecordAttributes.class));
            watched.expect(new Watermark(rows));
            input().processWatermark(watched.last(Watermark.class));
            watched.expect(new WatermarkEvent(new LongWatermark(rows, "stirred"), false));
            input().processWatermark(watched.last(WatermarkEvent.class));
        }
    }

    @Override
    public void processWatermark(Watermark mark) throws Exception {
        input().processWatermark(mark);
        input().processWatermark(mark); // a second time
    }

    @Override
    public void prepareSnapshotPreBarrier(long checkpoint) throws Exception {
        stirred.prepareSnapshotPreBarrier(checkpoint);
    }

    @Override
    public void endInput() throws Exception {
        rows = 0; // more of the elements, behind the last row
        stir();
        ((BoundedOneInput) stirred).endInput();
        watched.end();
    }

    @Override
    public void finish() throws Exception {
        stirred.finish();
    }

    @Override
    public void close() throws Exception {
        stirred.close();
        super.close();
    }
}
