package riffle.job.function;

import java.lang.reflect.Field;
import java.util.Optional;
import org.apache.beam.model.fnexecution.v1.BeamFnApi.Elements;
import org.apache.beam.runners.fnexecution.control.RemoteBundle;
import org.apache.beam.runners.fnexecution.control.StageBundleFactory;
import org.apache.beam.runners.fnexecution.state.StateRequestHandler;
import org.apache.beam.sdk.fn.CancellableQueue;
import org.apache.beam.sdk.fn.data.BeamFnDataInboundObserver;
import org.apache.flink.python.PythonFunctionRunner;
import org.apache.flink.python.metric.process.FlinkMetricContainer;
import org.apache.flink.streaming.api.runners.python.beam.BeamPythonFunctionRunner;

/**
 * The parts of Flink's runner from which bundles are made, its metrics, and those of Beam's bundles that receive
 * results. They are private, so they are read with reflection.
 */
final class RunnerParts {
    final StageBundleFactory factory;
    final StateRequestHandler state;

    /** Those of the operator, or null if {@code python.metric.enabled} is false. */
    final FlinkMetricContainer metrics;

    /** Those of a runner that is open. */
    RunnerParts(PythonFunctionRunner runner) {
        factory = read(BeamPythonFunctionRunner.class, "stageBundleFactory", runner, StageBundleFactory.class);
        state = read(BeamPythonFunctionRunner.class, "stateRequestHandler", runner, StateRequestHandler.class);
        metrics = read(BeamPythonFunctionRunner.class, "flinkMetricContainer", runner, FlinkMetricContainer.class);
    }

    /** What receives the results of a bundle. */
    static BeamFnDataInboundObserver observer(RemoteBundle bundle) {
        RemoteBundle active = active(bundle);
        return (BeamFnDataInboundObserver)
                read(active.getClass(), "beamFnDataInboundObserver", active, Optional.class).orElseThrow();
    }

    /** The messages of results that have arrived and have not been delivered. */
    @SuppressWarnings("unchecked")
    static CancellableQueue<Elements> messages(BeamFnDataInboundObserver observer) {
        return read(BeamFnDataInboundObserver.class, "queue", observer, CancellableQueue.class);
    }

    /** The bundle that sends and receives is in another one, which releases the worker (DefaultJobBundleFactory). */
    private static RemoteBundle active(RemoteBundle outer) {
        for (Field field : outer.getClass().getDeclaredFields()) {
            if (RemoteBundle.class.isAssignableFrom(field.getType())) {
                return read(outer.getClass(), field.getName(), outer, RemoteBundle.class);
            }
        }
        return outer;
    }

    private static <T> T read(Class<?> owner, String name, Object object, Class<T> type) {
        try {
            Field field = owner.getDeclaredField(name);
            field.setAccessible(true);
            return type.cast(field.get(object));
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("this Flink's runner of functions has no " + name, e);
        }
    }
}
