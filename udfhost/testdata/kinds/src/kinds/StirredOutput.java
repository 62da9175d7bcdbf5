package kinds;

import java.util.ArrayDeque;
import org.apache.flink.runtime.event.WatermarkEvent;
import org.apache.flink.streaming.api.operators.Output;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.LatencyMarker;
import org.apache.flink.streaming.runtime.streamrecord.RecordAttributes;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.apache.flink.table.data.RowData;
import org.apache.flink.util.OutputTag;

/** Compares elements that are emitted with those that came in. Elements that it expects are not passed on. */
class StirredOutput implements Output<StreamRecord<RowData>> {
    private final Output<StreamRecord<RowData>> output;
    private final ArrayDeque<Object> expected = new ArrayDeque<>();
    private final ArrayDeque<Long> places = new ArrayDeque<>(); // of the expected: the results before them
    private long due; // results of the rows that came
    private long results;

    StirredOutput(Output<StreamRecord<RowData>> output) {
        this.output = output;
    }

    /** Expects an element after the results of the rows so far. */
    void expect(Object element) {
        expected.add(element);
        places.add(due);
    }

    /** The element that was expected last. */
    <T> T last(Class<T> type) {
        return type.cast(expected.peekLast());
    }

    /** A row has come that has some results. */
    void came(long rowResults) {
        due += rowResults;
    }

    void end() {
        if (!expected.isEmpty() || results != due) {
            throw new IllegalStateException(results + " results of " + due + ", not emitted: " + expected);
        }
    }

    private boolean emitted(Object element) {
        if (expected.isEmpty()) {
            return false;
        }
        Object want = expected.poll();
        long place = places.poll();
        if (!want.equals(element) || place != results) {
            throw new IllegalStateException(element + " after " + results + " results, not " + want + " after " + place);
        }
        return true;
    }

    @Override
    public void collect(StreamRecord<RowData> record) {
        results++;
        output.collect(record);
    }

    @Override
    public void emitWatermark(Watermark mark) {
        if (!emitted(mark)) {
            output.emitWatermark(mark);
        }
    }

    @Override
    public void emitWatermarkStatus(WatermarkStatus status) {
        if (!emitted(status)) {
            output.emitWatermarkStatus(status);
        }
    }

    @Override
    public void emitLatencyMarker(LatencyMarker marker) {
        if (!emitted(marker)) {
            output.emitLatencyMarker(marker);
        }
    }

    @Override
    public void emitRecordAttributes(RecordAttributes attributes) {
        if (!emitted(attributes)) {
            output.emitRecordAttributes(attributes);
        }
    }

    @Override
    public void emitWatermark(WatermarkEvent mark) {
        if (!emitted(mark)) {
            output.emitWatermark(mark);
        }
    }

    @Override
    public <X> void collect(OutputTag<X> tag, StreamRecord<X> record) {
        output.collect(tag, record);
    }

    @Override
    public void close() {
        output.close();
    }
}
