package riffle.job.function;

import java.lang.reflect.Field;
import org.apache.beam.runners.fnexecution.control.StageBundleFactory;
import org.apache.beam.runners.fnexecution.state.StateRequestHandler;
import org.apache.flink.python.PythonFunctionRunner;
import org.apache.flink.streaming.api.runners.python.beam.BeamPythonFunctionRunner;

/**
 * The parts of Flink's runner from which bundles are made. They are private: this is the only class in a
 * TaskManager that uses reflection on Flink.
 */
final class RunnerParts {
    final StageBundleFactory factory;
    final StateRequestHandler state;

    /** Those of a runner that is open. */
    RunnerParts(PythonFunctionRunner runner) {
        factory = read(runner, "stageBundleFactory", StageBundleFactory.class);
        state = read(runner, "stateRequestHandler", StateRequestHandler.class);
    }

    private static <T> T read(PythonFunctionRunner runner, String name, Class<T> type) {
        try {
            Field field = BeamPythonFunctionRunner.class.getDeclaredField(name);
            field.setAccessible(true);
            return type.cast(field.get(runner));
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("this Flink's runner of functions has no " + name, e);
        }
    }
}
