package riffle.job.columns;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/** Where the buffers of a batch go, each padded. */
abstract class BatchBody {
    abstract void write(byte[] buffer, int size) throws IOException;

    /** Writes to a channel that takes all that it is given. */
    static BatchBody to(WritableByteChannel out) {
        ByteBuffer padding = ByteBuffer.allocate(8);
        return new BatchBody() {
            @Override
            void write(byte[] buffer, int size) throws IOException {
                if (size > 0) {
                    out.write(ByteBuffer.wrap(buffer, 0, size));
                    padding.position(0).limit(BatchMessage.padding(size));
                    out.write(padding);
                }
            }
        };
    }

    /** Writes to an array of zeros, from some place on. */
    static BatchBody to(byte[] out, int from) {
        return new BatchBody() {
            private int at = from;

            @Override
            void write(byte[] buffer, int size) {
                System.arraycopy(size == 0 ? out : buffer, 0, out, at, size);
                at += size + BatchMessage.padding(size);
            }
        };
    }
}
