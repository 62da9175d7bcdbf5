package riffle.job.rows;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;

/**
 * The connections of a {@link RowCoordinator} to its subtasks. One thread reads all of them into the queue, as
 * long as there is room. A slow client thus slows down its own query, and no other.
 *
 * <p>A connection to a subtask of a direct sink begins when the target is known. It ends with the message that
 * tells the target.
 */
final class RowConnections implements AutoCloseable {
    private static final long PAUSE_MILLIS = 20; // while there is no room
    private static final long TICK_MILLIS = 250;

    private final boolean direct;
    private final RowQueue queue;
    private final Consumer<Throwable> failed;
    private final Selector selector;
    private final ConcurrentLinkedQueue<Runnable> work = new ConcurrentLinkedQueue<>();
    private final Map<Integer, RowConnection> connections = new HashMap<>(); // by subtask
    private final List<Runnable> untilTarget = new ArrayList<>(); // connections that begin then
    private ResultTarget target; // null if unknown, or if the sink is not direct
    private final ByteBuffer buffer = ByteBuffer.allocate(RowMemory.BLOCK);
    private final Thread thread;
    private volatile boolean closed;

    /** {@code failed} is called with the reason if rows cannot be fetched. */
    RowConnections(String name, boolean direct, RowQueue queue, Consumer<Throwable> failed) throws IOException {
        this.direct = direct;
        this.queue = queue;
        this.failed = failed;
        selector = Selector.open();
        thread = new Thread(this::run, "riffle-rows-" + name);
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /** Connects to an attempt of a subtask, in place of an earlier one. */
    void connect(int subtask, int attempt, RowAddress address) {
        soon(() -> {
            if (direct && target == null) {
                untilTarget.add(() -> open(subtask, attempt, address));
            } else {
                open(subtask, attempt, address);
            }
        });
    }

    private void open(int subtask, int attempt, RowAddress address) {
        close(connections.remove(subtask));
        try {
            RowConnection connection = new RowConnection(subtask, attempt, address, target, selector);
            connections.put(subtask, connection);
            endGreeting(connection);
        } catch (IOException e) {
            failed.accept(e);
        }
    }

    /** Subtasks of a direct sink send their rows to a target. A second one is ignored. */
    void setTarget(ResultTarget to) {
        soon(() -> {
            if (target == null) {
                target = to;
                untilTarget.forEach(Runnable::run);
                untilTarget.clear();
            }
        });
    }

    private void endGreeting(RowConnection connection) {
        if (direct && connection.isOpen()) {
            close(connections.remove(connection.subtask));
        }
    }

    /** Ends the connection to an attempt of a subtask, or to an earlier one. */
    void disconnect(int subtask, int attempt) {
        soon(() -> {
            RowConnection connection = connections.get(subtask);
            if (connection != null && connection.attempt <= attempt) {
                close(connections.remove(subtask));
            }
        });
    }

    /** Reports to a subtask that the client has all of its rows. */
    void acknowledge(RowBlock last) {
        soon(() -> {
            RowConnection connection = connections.get(last.subtask);
            if (connection != null && connection.attempt == last.attempt) {
                connection.acknowledge();
                close(connections.remove(last.subtask));
            }
        });
    }

    /** Lets the thread check again whether there is room. */
    void wakeUp() {
        selector.wakeup();
    }

    private void soon(Runnable something) {
        work.add(something);
        selector.wakeup();
    }

    private void run() {
        try {
            while (!closed) {
                boolean room = hasRoom();
                connections.values().forEach(connection -> connection.wantRows(room));
                selector.select(room ? TICK_MILLIS : PAUSE_MILLIS);
                for (Runnable next; (next = work.poll()) != null; ) {
                    next.run();
                }
                for (SelectionKey key : selector.selectedKeys()) {
                    if (key.isValid()) {
                        serve((RowConnection) key.attachment());
                    }
                }
                selector.selectedKeys().clear();
                List.copyOf(connections.values()).forEach(connection -> attempt(connection, connection::checkTime));
                queue.answerLate();
            }
        } catch (Throwable t) {
            if (!closed) {
                failed.accept(t);
            }
        } finally {
            connections.values().forEach(RowConnections::close);
            close(selector);
            queue.discard();
        }
    }

    private interface Step {
        void run() throws IOException;
    }

    /** Connects. If the TaskManager cannot be reached, the job fails. */
    private void attempt(RowConnection connection, Step step) {
        try {
            step.run();
        } catch (IOException e) {
            close(connections.remove(connection.subtask));
            failed.accept(e);
        }
    }

    private boolean hasRoom() {
        return queue.isEmpty() || queue.hasRoom() && RowMemory.hasRoom();
    }

    private void serve(RowConnection connection) {
        if (!connection.isOpen()) {
            attempt(connection, connection::connected);
            endGreeting(connection);
        } else if (!connection.hasEnded() && queue.hasRoom()) {
            read(connection);
        }
    }

    private void read(RowConnection connection) {
        boolean first = queue.isEmpty(); // see RowMemory
        if (!first && !RowMemory.take(RowMemory.BLOCK)) {
            return;
        }
        int read;
        buffer.clear();
        try {
            read = connection.read(buffer);
        } catch (IOException e) {
            read = -1; // the failure of the job says why
        }
        int taken = first ? 0 : Math.max(0, read);
        RowMemory.give(first ? 0 : RowMemory.BLOCK - taken);
        if (read < 0) {
            queue.add(connection.end());
        } else if (read > 0) {
            queue.add(connection.block(Arrays.copyOf(buffer.array(), read), taken));
        }
    }

    private static void close(AutoCloseable resource) {
        try {
            if (resource != null) {
                resource.close();
            }
        } catch (Exception e) {
            // Nothing is lost with it.
        }
    }

    @Override
    public void close() {
        closed = true;
        selector.wakeup();
    }
}
