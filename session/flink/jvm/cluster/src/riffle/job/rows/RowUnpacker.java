package riffle.job.rows;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import org.apache.flink.configuration.NettyShuffleEnvironmentOptions.CompressionCodec;
import org.apache.flink.runtime.io.compression.BlockCompressionFactory;
import org.apache.flink.runtime.io.compression.BlockDecompressor;

/**
 * Restores what a subtask has written to its {@link PackedChannel}, from blocks that begin and end anywhere. There
 * is one for each attempt of a subtask.
 */
public final class RowUnpacker {
    private final BlockDecompressor decompressor =
            BlockCompressionFactory.createBlockCompressionFactory(CompressionCodec.LZ4).getDecompressor();
    private final byte[] plain = new byte[PackedChannel.MAX_PART];
    // Compressed parts are smaller than what they contain.
    private final ByteBuffer part = ByteBuffer.allocate(PackedChannel.HEADER + PackedChannel.MAX_PART);

    /** Writes the contents of a block to a blocking channel. */
    public void unpack(byte[] block, WritableByteChannel out) throws IOException {
        ByteBuffer source = ByteBuffer.wrap(block);
        while (source.hasRemaining()) {
            take(source, PackedChannel.HEADER);
            if (part.position() < PackedChannel.HEADER) {
                return;
            }
            int length = part.getInt(0);
            int size = Math.abs(length);
            if (size < 1 || size > PackedChannel.MAX_PART) {
                throw new IOException("a part of the rows has " + size + " bytes");
            }
            take(source, PackedChannel.HEADER + size);
            if (part.position() == PackedChannel.HEADER + size) {
                write(length, size, out);
                part.clear();
            }
        }
    }

    /** Fills the part up to a size, as far as the source goes. */
    private void take(ByteBuffer source, int size) {
        int n = Math.min(size - part.position(), source.remaining());
        if (n > 0) {
            part.put(source.array(), source.position(), n);
            source.position(source.position() + n);
        }
    }

    private void write(int length, int size, WritableByteChannel out) throws IOException {
        ByteBuffer contents;
        if (length < 0) {
            contents = ByteBuffer.wrap(part.array(), PackedChannel.HEADER, size);
        } else {
            int n = decompressor.decompress(part.array(), PackedChannel.HEADER, size, plain, 0);
            contents = ByteBuffer.wrap(plain, 0, n);
        }
        while (contents.hasRemaining()) {
            out.write(contents);
        }
    }
}
