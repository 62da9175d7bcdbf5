package riffle.job.columns;

import java.io.IOException;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * The serializer of the rows that go into an operator of the kind {@link RowsNotKept}: a copy of a row is the
 * row itself. Flink copies each row that goes from operator to operator in a chain, unless
 * pipeline.object-reuse is set for the whole job. The bytes of rows that go through the network are those of
 * the serializer that is wrapped.
 */
public final class UncopiedSerializer<T> extends TypeSerializer<T> {
    private static final long serialVersionUID = 1L;

    private final TypeSerializer<T> bytes;

    public UncopiedSerializer(TypeSerializer<T> bytes) {
        this.bytes = bytes;
    }

    @Override
    public T copy(T row) {
        return row;
    }

    @Override
    public T copy(T row, T reuse) {
        return row;
    }

    @Override
    public TypeSerializer<T> duplicate() {
        return new UncopiedSerializer<>(bytes.duplicate());
    }

    @Override
    public boolean isImmutableType() {
        return bytes.isImmutableType();
    }

    @Override
    public T createInstance() {
        return bytes.createInstance();
    }

    @Override
    public int getLength() {
        return bytes.getLength();
    }

    @Override
    public void serialize(T row, DataOutputView to) throws IOException {
        bytes.serialize(row, to);
    }

    @Override
    public T deserialize(DataInputView from) throws IOException {
        return bytes.deserialize(from);
    }

    @Override
    public T deserialize(T reuse, DataInputView from) throws IOException {
        return bytes.deserialize(reuse, from);
    }

    @Override
    public void copy(DataInputView from, DataOutputView to) throws IOException {
        bytes.copy(from, to);
    }

    @Override
    public TypeSerializerSnapshot<T> snapshotConfiguration() {
        return bytes.snapshotConfiguration();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof UncopiedSerializer && ((UncopiedSerializer<?>) other).bytes.equals(bytes);
    }

    @Override
    public int hashCode() {
        return bytes.hashCode();
    }
}
