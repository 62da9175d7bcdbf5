package riffle.job.function;

import org.apache.beam.model.fnexecution.v1.BeamFnApi.Elements;
import org.apache.beam.runners.fnexecution.control.RemoteBundle;
import org.apache.beam.sdk.fn.CancellableQueue;
import org.apache.beam.sdk.fn.data.BeamFnDataInboundObserver;

/**
 * Delivers the results of a bundle while it is in progress. Beam delivers them too late: RemoteBundle.close waits for
 * the answer of the function host, which follows the last result, and only then takes the messages of results out of
 * the queue into which gRPC's thread has put them.
 *
 * <p>Two threads that took messages from that queue would deliver them in another order, and some after the end of
 * the bundle, when nobody reads them. So one thread takes all messages in {@link #deliver}, to the last one. Then it
 * puts an empty message into the queue. {@link Bundles} lets close go on to the queue when deliver has returned. So
 * close finds only the empty message, and ends with it, because the last result has been delivered.
 */
final class EarlyResults {
    private final BeamFnDataInboundObserver observer;
    private final CancellableQueue<Elements> messages;

    EarlyResults(RemoteBundle bundle) {
        observer = RunnerParts.observer(bundle);
        messages = RunnerParts.messages(observer);
    }

    /**
     * Delivers the results to the last one. It returns earlier if the bundle is given up: then another thread knows
     * the reason. An exception says that a result could not be delivered.
     */
    void deliver() throws Exception {
        Elements message = next();
        while (message != null && !deliver(message)) {
            message = next();
        }
        if (message != null) {
            end();
        }
    }

    /** The next message; null if the queue was cancelled, or this thread is interrupted. */
    private Elements next() {
        try {
            return messages.take();
        } catch (Exception e) {
            messages.cancel(e); // if the thread is interrupted, close must not wait for a message
            return null;
        }
    }

    /** Delivers the results of a message. Returns whether they are the last. */
    private boolean deliver(Elements message) throws Exception {
        try {
            return observer.multiplexElements(message);
        } catch (Exception | Error e) {
            // Nobody takes messages any more: gRPC's thread must not wait for room, nor close for a message.
            messages.cancel(new IllegalStateException("the results of a bundle cannot be delivered", e));
            throw e;
        }
    }

    private void end() {
        try {
            messages.put(Elements.getDefaultInstance());
        } catch (Exception e) {
            messages.cancel(e);
        }
    }
}
