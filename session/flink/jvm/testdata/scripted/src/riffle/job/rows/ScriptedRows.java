package riffle.job.rows;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.flink.runtime.operators.coordination.CoordinationResponse;

/**
 * Queries whose clients fetch nothing, more than there is memory for, and one more query whose client fetches its
 * rows. It prints what they hold, what that client gets, and what is left in the end.
 */
public final class ScriptedRows {
    private static final int SLOW = 16;
    private static final int BYTES = 8 << 20;
    private static final String IN_USE = "riffle.rows.bytes";

    private ScriptedRows() {}

    public static void run() throws Exception {
        List<Query> slow = new ArrayList<>();
        for (int i = 0; i < SLOW; i++) {
            slow.add(new Query());
        }
        while (RowMemory.hasRoom()) {
            Thread.sleep(10);
        }
        Query fast = new Query();
        System.out.println("rows-fetched " + fast.fetch());
        System.out.println("rows-held " + (Long.getLong(IN_USE) <= 48 << 20));
        System.out.println("rows-acknowledged " + fast.acknowledged());
        RowBlocks other = (RowBlocks) fast.queue.request(new RowRequest("another", 0, 1, null)).get();
        System.out.println("rows-replaced " + (other.blocks == null));
        System.out.println("rows-late " + ((RowBlocks) fast.queue.request(new RowRequest(null, fast.next, 1, null)).get()).blocks);
        for (Query query : slow) {
            query.close();
        }
        fast.close();
        while (Long.getLong(IN_USE) > 0) {
            Thread.sleep(10);
        }
        System.out.println("rows-left " + Long.getLong(IN_USE));
    }

    /** A query of one subtask, which sends zeros and then waits for the acknowledgement. */
    private static final class Query {
        final ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        final RowQueue queue = new RowQueue("query", this::acknowledge);
        final RowConnections connections =
                new RowConnections("query", false, queue, failure -> System.out.println("rows-failed " + failure));
        final Thread subtask = new Thread(this::send);
        long next;
        private volatile int answer = -1;

        Query() throws Exception {
            subtask.setDaemon(true);
            subtask.start();
            connections.start();
            connections.connect(
                    0, 0, new RowAddress("127.0.0.1", server.getLocalPort(), new byte[RowServer.SECRET_BYTES], 1));
        }

        private void acknowledge(RowBlock block) {
            RowMemory.give(block.taken);
            if (block.bytes == null) {
                connections.acknowledge(block);
            }
        }

        private void send() {
            try (Socket connection = server.accept()) {
                connection.getInputStream().readNBytes(RowServer.SECRET_BYTES);
                connection.getOutputStream().write(new byte[BYTES]);
                connection.shutdownOutput();
                answer = connection.getInputStream().read();
            } catch (Exception e) {
                answer = -2; // the query was closed
            }
        }

        long fetch() throws Exception {
            long bytes = 0;
            while (true) {
                CompletableFuture<CoordinationResponse> request = queue.request(new RowRequest(null, next, 5000, null));
                connections.wakeUp();
                RowBlocks answer = (RowBlocks) request.get(1, TimeUnit.MINUTES);
                for (RowBlock block : answer.blocks) {
                    next++;
                    if (block.bytes == null) {
                        return bytes;
                    }
                    bytes += block.bytes.length;
                }
            }
        }

        boolean acknowledged() throws Exception {
            boolean early = answer >= 0;
            queue.request(new RowRequest(null, next, 1, null));
            subtask.join();
            return !early && answer == RowServer.ARRIVED;
        }

        void close() throws Exception {
            connections.close();
            queue.discard();
            server.close();
        }
    }
}
