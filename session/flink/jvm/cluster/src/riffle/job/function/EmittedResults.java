package riffle.job.function;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.beam.model.fnexecution.v1.BeamFnApi.ProcessBundleRequest.CacheToken;
import org.apache.beam.model.fnexecution.v1.BeamFnApi.StateGetResponse;
import org.apache.beam.model.fnexecution.v1.BeamFnApi.StateRequest;
import org.apache.beam.model.fnexecution.v1.BeamFnApi.StateResponse;
import org.apache.beam.runners.fnexecution.state.StateRequestHandler;

/**
 * Counts the elements of a bundle's results that have been emitted, and tells the function host, which asks for it
 * as for a state. So the host does not send more results than fit into memory: the Fn API knows no other way to
 * hold them back (pace.go).
 *
 * <p>The task's thread counts. The threads of Beam's state service ask.
 */
final class EmittedResults implements StateRequestHandler {
    /** The name of the state. Its key is the number of elements that the host waits for. */
    private static final String NAME = "riffle:emitted";

    private final StateRequestHandler others;
    private final List<Wait> waits = new ArrayList<>();
    private int emitted;

    /** Of a bundle whose other requests for states go to {@code others}. */
    EmittedResults(StateRequestHandler others) {
        this.others = others;
    }

    private static final class Wait {
        final int elements;
        final CompletableFuture<StateResponse.Builder> answer = new CompletableFuture<>();

        Wait(int elements) {
            this.elements = elements;
        }
    }

    /** An element has been emitted. */
    void emitted() {
        List<Wait> over = new ArrayList<>();
        synchronized (this) {
            emitted++;
            for (Iterator<Wait> all = waits.iterator(); all.hasNext(); ) {
                Wait wait = all.next();
                if (wait.elements <= emitted) {
                    all.remove();
                    over.add(wait);
                }
            }
        }
        over.forEach(wait -> wait.answer.complete(answer()));
    }

    private static StateResponse.Builder answer() {
        return StateResponse.newBuilder().setGet(StateGetResponse.getDefaultInstance());
    }

    @Override
    public CompletionStage<StateResponse.Builder> handle(StateRequest request) throws Exception {
        if (!request.getStateKey().getBagUserState().getUserStateId().equals(NAME)) {
            return others.handle(request);
        }
        Wait wait = new Wait(Integer.parseInt(request.getStateKey().getBagUserState().getKey().toStringUtf8()));
        synchronized (this) {
            if (wait.elements > emitted) {
                waits.add(wait);
                return wait.answer;
            }
        }
        return CompletableFuture.completedFuture(answer());
    }

    @Override
    public Iterable<CacheToken> getCacheTokens() {
        return others.getCacheTokens();
    }
}
