package riffle.job.rows;

import java.io.Serializable;

/** Some bytes that a subtask has sent, or its end. */
public final class RowBlock implements Serializable {
    private static final long serialVersionUID = 1L;

    /** The memory that a block takes besides its bytes. */
    private static final int OVERHEAD = 128;

    public final int subtask;
    public final int parallelism;
    public final int attempt;

    /** A part of what {@link PackedChannel} has sent; null after the last part. */
    public final byte[] bytes;

    /** The bytes that were taken from {@link RowMemory}. */
    final transient int taken;

    RowBlock(int subtask, int parallelism, int attempt, byte[] bytes, int taken) {
        this.subtask = subtask;
        this.parallelism = parallelism;
        this.attempt = attempt;
        this.bytes = bytes;
        this.taken = taken;
    }

    int size() {
        return OVERHEAD + (bytes == null ? 0 : bytes.length);
    }
}
