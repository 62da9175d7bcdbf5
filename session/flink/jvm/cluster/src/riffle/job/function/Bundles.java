package riffle.job.function;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.beam.model.fnexecution.v1.BeamFnApi;
import org.apache.beam.model.pipeline.v1.MetricsApi.MonitoringInfo;
import org.apache.beam.runners.fnexecution.control.BundleProgressHandler;
import org.apache.beam.runners.fnexecution.control.OutputReceiverFactory;
import org.apache.beam.runners.fnexecution.control.RemoteBundle;
import org.apache.beam.runners.fnexecution.control.StageBundleFactory;
import org.apache.beam.runners.fnexecution.state.StateRequestHandler;
import org.apache.beam.sdk.fn.data.FnDataReceiver;
import org.apache.beam.sdk.util.WindowedValue;
import org.apache.flink.python.metric.process.FlinkMetricContainer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bundles of an operator that are in progress, in the order in which they began. Flink's own runner has
 * one at a time and waits for its end.
 *
 * <p>The task's thread begins a bundle, sends elements and takes results. For each bundle, a thread waits for its end,
 * because Beam reports it by returning from a call, which delivers the results, too. If results are to be taken before,
 * another thread delivers them ({@link EarlyResults}), and the end waits for that thread.
 *
 * @param <T> what the operator keeps of an element until its result arrives
 */
final class Bundles<T> implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Bundles.class);

    /** The end of a bundle's results. */
    private static final byte[] END = new byte[0];

    /** With this many bundles in progress, the next one waits for the end of the first. */
    private static final int MOST = 3;

    /**
     * With more bytes of results that have not been taken, too: rows may have larger results than those from
     * which the bundles have learned their size.
     */
    private static final long MOST_RESULT_BYTES = BundleSize.MAX_BYTES;

    /** Far below the three minutes after which Flink ends a TaskManager whose task does not end. */
    private static final long ABANDON_MILLIS = 10_000;

    /**
     * So many elements of results are taken without waiting, before the task goes on with its other work: a function
     * may have results without end.
     */
    private static final int MOST_AT_ONCE = 16;

    /** Of what the functions report. */
    private static final String REPORT_URN = "riffle:functions:v1";

    /** Of the number of elements of results that the function host has sent (pace.go). */
    private static final String RESULTS_URN = "riffle:results:v1";

    /** The URNs of what functions count and measure begin with this. */
    private static final String METRIC_URN = "beam:metric:user:";

    private final StageBundleFactory factory;
    private final StateRequestHandler state;
    private final FlinkMetricContainer metrics; // null: nobody reads them
    private final FunctionReports reports;
    private final Runnable arrived;
    private final boolean early;
    private final ArrayDeque<Bundle<T>> underWay = new ArrayDeque<>();
    private final ExecutorService enders =
            Executors.newCachedThreadPool(
                    work -> {
                        Thread thread = new Thread(work, "end of a bundle");
                        thread.setDaemon(true);
                        return thread;
                    });
    private Bundle<T> open; // the last under way, if more elements can be sent in it
    private final AtomicLong resultBytes = new AtomicLong(); // that have arrived and have not been taken
    private long lastEnd = Long.MIN_VALUE; // of a bundle
    private long lastEmitted = Long.MIN_VALUE; // when all results of a bundle were
    private Throwable failure; // of any bundle: a task that has failed may still be called for a while

    /**
     * Those of Flink's runner. {@code arrived} is called, on any thread, when there is a result to take.
     * {@code reports} get what the functions report. {@code early}: results are to be taken before the last of their
     * bundle has come.
     */
    Bundles(RunnerParts runner, FunctionReports reports, boolean early, Runnable arrived) {
        this.early = early;
        factory = runner.factory;
        state = runner.state;
        metrics = runner.metrics;
        this.reports = reports;
        this.arrived = arrived;
    }

    /** Reads what the function host reports with the end of a bundle, and then lets Beam end it. */
    private BundleProgressHandler atEnd(Bundle<T> bundle) {
        return new BundleProgressHandler() {
            @Override
            public void onProgress(BeamFnApi.ProcessBundleProgressResponse progress) {
                // the host reports with the end only
            }

            @Override
            public void onCompleted(BeamFnApi.ProcessBundleResponse response) {
                List<MonitoringInfo> counted = new ArrayList<>();
                for (MonitoringInfo info : response.getMonitoringInfosList()) {
                    if (info.getUrn().equals(REPORT_URN)) {
                        reports.add(info.getPayload().toStringUtf8());
                    } else if (info.getUrn().equals(RESULTS_URN)) {
                        bundle.announced = Long.parseLong(info.getPayload().toStringUtf8());
                    } else if (info.getUrn().startsWith(METRIC_URN)) {
                        counted.add(info);
                    }
                }
                if (!counted.isEmpty() && metrics != null) {
                    synchronized (metrics) { // several bundles can end at a time
                        metrics.updateMetrics("functions", counted);
                    }
                }
                bundle.awaitDelivery(); // Beam looks for results when this method has returned, and only then
            }
        };
    }

    /** A bundle. */
    private static final class Bundle<T> {
        final BlockingQueue<byte[]> results = new LinkedBlockingQueue<>();
        final ArrayDeque<T> sent = new ArrayDeque<>();
        final long began = System.nanoTime();
        final EmittedResults emitted;
        RemoteBundle remote;
        FnDataReceiver<WindowedValue<byte[]>> input;
        Future<?> delivery; // by EarlyResults; null: by Beam
        int rows;
        long bytes;
        long resultBytes;
        long ended;
        long taken; // elements of results
        long announced = -1; // by the function host; set before the end
        volatile Throwable failure;

        Bundle(StateRequestHandler state) {
            emitted = new EmittedResults(state);
        }

        /** Waits until {@link EarlyResults} leaves Beam's queue to Beam. */
        void awaitDelivery() {
            if (delivery == null) {
                return;
            }
            try {
                delivery.get();
            } catch (InterruptedException | ExecutionException e) {
                throw new IllegalStateException("the results of a bundle have not all been delivered", e);
            }
        }
    }

    /**
     * Sends an element of some rows in the open bundle, or in one that begins. {@code bytes} is what the rows
     * take until their results have come.
     */
    void send(byte[] element, int rows, long bytes, T remembered) throws Exception {
        checkFailure();
        if (open == null) {
            open = begin();
            underWay.add(open);
        }
        open.sent.add(remembered);
        open.rows += rows;
        open.bytes += Math.max(bytes, element.length);
        open.input.accept(WindowedValue.valueInGlobalWindow(element));
    }

    @SuppressWarnings("unchecked")
    private Bundle<T> begin() throws Exception {
        Bundle<T> bundle = new Bundle<>(state);
        OutputReceiverFactory results =
                new OutputReceiverFactory() {
                    @Override
                    public <V> FnDataReceiver<V> create(String collection) {
                        return value -> {
                            byte[] result = ((WindowedValue<byte[]>) value).getValue();
                            resultBytes.addAndGet(result.length);
                            bundle.results.add(result);
                            arrived.run();
                        };
                    }
                };
        bundle.remote = factory.getBundle(results, bundle.emitted, atEnd(bundle));
        if (early) {
            EarlyResults delivery = new EarlyResults(bundle.remote);
            bundle.delivery = enders.submit(() -> deliver(delivery, bundle));
        }
        bundle.input =
                (FnDataReceiver<WindowedValue<byte[]>>)
                        (FnDataReceiver<?>) bundle.remote.getInputReceivers().values().iterator().next();
        return bundle;
    }

    /**
     * Delivers the results of a bundle. If that fails, the task learns it here: the host may wait until they are emitted,
     * and so may never answer.
     */
    private void deliver(EarlyResults delivery, Bundle<T> bundle) {
        try {
            delivery.deliver();
        } catch (Throwable t) {
            over(bundle, t);
        }
    }

    /** Tells the task's thread, behind all results, that a bundle has ended or failed. */
    private void over(Bundle<T> bundle, Throwable failure) {
        if (failure != null && bundle.failure == null) {
            bundle.failure = failure;
        }
        bundle.ended = System.nanoTime();
        bundle.results.add(END);
        arrived.run();
    }

    /** Ends the open bundle: no more elements are sent in it. Does not wait. */
    void end() {
        Bundle<T> bundle = open;
        if (bundle == null) {
            return;
        }
        open = null;
        enders.execute(
                () -> {
                    Throwable thrown = null;
                    try {
                        bundle.remote.close();
                    } catch (Throwable t) {
                        thrown = t;
                    }
                    over(bundle, thrown);
                });
    }

    int underWay() {
        return underWay.size();
    }

    /** The number of bundles that get no more rows and have not ended. */
    int ending() {
        return underWay.size() - (open == null ? 0 : 1);
    }

    /** Whether the end of the first bundle has to be awaited before another one begins. */
    boolean full() {
        return open == null
                && (underWay.size() >= MOST || !underWay.isEmpty() && resultBytes.get() > MOST_RESULT_BYTES);
    }

    /** The rows and bytes of the open bundle. */
    int openRows() {
        return open == null ? 0 : open.rows;
    }

    long openBytes() {
        return open == null ? 0 : open.bytes;
    }

    /** What is remembered of the last element that was sent, or null if all its results have been taken. */
    T last() {
        Bundle<T> bundle = underWay.peekLast();
        return bundle == null ? null : bundle.sent.peekLast();
    }

    /** Takes a result. Returns whether it was the last of its element. */
    interface Taker<T> {
        boolean take(T remembered, byte[] result) throws Exception;
    }

    /**
     * Receives the number of rows of a bundle that has ended, the bytes of its rows or results, whichever are
     * more, and how long it took after the end of the bundle before it.
     */
    interface Ended {
        void ended(int rows, long bytes, long nanos);
    }

    /** Takes results that have come, without waiting. If there may be more, they are announced again. */
    void takeArrived(Taker<T> taker, Ended ended) throws Exception {
        checkFailure();
        Bundle<T> first = underWay.peek();
        for (int i = 0; i < MOST_AT_ONCE && first != null; i++) {
            byte[] result = first.results.poll();
            if (result == null) {
                return;
            }
            take(first, result, taker, ended);
            first = underWay.peek();
        }
        if (first != null) {
            arrived.run();
        }
    }

    /** Takes results until the first bundle has ended, which must not be the open one. */
    void takeFirst(Taker<T> taker, Ended ended) throws Exception {
        checkFailure();
        Bundle<T> first = underWay.peek();
        while (underWay.peek() == first) {
            take(first, first.results.take(), taker, ended);
        }
    }

    private void checkFailure() {
        if (failure != null) {
            throw new IllegalStateException("a bundle has failed", failure);
        }
    }

    private void take(Bundle<T> bundle, byte[] result, Taker<T> taker, Ended ended) throws Exception {
        try {
            takeOnce(bundle, result, taker, ended);
        } catch (Throwable t) {
            failure = t;
            throw t;
        }
    }

    private void takeOnce(Bundle<T> bundle, byte[] result, Taker<T> taker, Ended ended) throws Exception {
        if (result != END) {
            T remembered = bundle.sent.peek();
            if (remembered == null) {
                throw new IllegalStateException("more results have come than elements were sent");
            }
            bundle.taken++;
            bundle.resultBytes += result.length;
            resultBytes.addAndGet(-result.length);
            if (taker.take(remembered, result)) {
                bundle.sent.poll();
            }
            bundle.emitted.emitted();
            return;
        }
        if (bundle.failure != null) {
            throw new RuntimeException("Failed to close remote bundle", bundle.failure); // Flink's words
        }
        if (early && bundle.taken != bundle.announced) {
            throw new IllegalStateException(
                    "the function host has sent " + bundle.announced + " elements of results, and " + bundle.taken
                            + " have arrived");
        }
        if (!bundle.sent.isEmpty()) {
            throw new IllegalStateException("a bundle has ended without the results of all its elements");
        }
        underWay.poll();
        // Functions may be slow, or what emits their results. If this thread is late, two bundles end here at once.
        long now = System.nanoTime();
        long emitted = now - Math.max(bundle.began, lastEmitted);
        long called = bundle.ended - Math.max(bundle.began, lastEnd);
        lastEmitted = now;
        lastEnd = bundle.ended;
        ended.ended(bundle.rows, Math.max(bundle.bytes, bundle.resultBytes), Math.max(emitted, called));
    }

    /**
     * Abandons the bundles in progress, and waits until none of their threads holds Beam's worker any more. Must be
     * called before the worker is released. Of all that hold a worker, Beam makes the last one end its process.
     * Nothing would wait for a thread of this class: its task would end, and Flink would take the classes
     * away that the thread still has to load.
     */
    @Override
    public void close() {
        enders.shutdownNow(); // interrupts the waits for the ends of bundles
        boolean interrupted = false;
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(ABANDON_MILLIS);
        while (!enders.isTerminated()) {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                LOG.warn("a bundle in progress has not been abandoned within {} ms", ABANDON_MILLIS);
                break;
            }
            try {
                enders.awaitTermination(left, TimeUnit.NANOSECONDS);
            } catch (InterruptedException e) { // Flink interrupts tasks that it cancels
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
