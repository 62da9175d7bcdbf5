package riffle;

import java.lang.reflect.Field;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.streaming.api.graph.StreamNode;
import org.apache.flink.streaming.api.operators.SimpleOperatorFactory;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorFactory;
import org.apache.flink.table.functions.python.PythonFunctionInfo;
import org.apache.flink.table.runtime.generated.GeneratedProjection;
import org.apache.flink.table.runtime.operators.python.scalar.AbstractPythonScalarFunctionOperator;
import org.apache.flink.table.runtime.operators.python.scalar.PythonScalarFunctionOperator;
import org.apache.flink.table.runtime.operators.python.scalar.arrow.ArrowPythonScalarFunctionOperator;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.util.function.RunnableWithException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Flink's operators for scalar functions, which may fail to close.
 *
 * <p>An operator that does so after its task was cancelled or has failed is fatal for the TaskManager
 * (org.apache.flink.runtime.taskmanager.Task#doRun), and so for every other job of the session. Flink's
 * own do: one that is cancelled while it opens has lost, by the interrupt, the channel that Arrow's
 * writer wants to end its stream in, and Beam fails where a worker is given up from two sides. When an
 * operator closes, each of its rows has been emitted or its task has failed for another reason; so what
 * goes wrong then is written to the log, and nothing is lost by it.
 *
 * <p>The planner makes Flink's operators by their names; they are replaced when the job is submitted.
 * What they were made of they do not tell, hence the reflection.
 */
final class GoOperators {
    private static final Logger LOG = LoggerFactory.getLogger(GoOperators.class);

    private GoOperators() {}

    /** Puts operators of ours into a job in place of Flink's. */
    static void replaceIn(StreamGraph graph) {
        for (StreamNode node : graph.getStreamNodes()) {
            StreamOperatorFactory<?> factory = node.getOperatorFactory();
            if (factory instanceof SimpleOperatorFactory) {
                StreamOperator<?> flinks = ((SimpleOperatorFactory<?>) factory).getOperator();
                StreamOperator<?> ours = replacement(flinks);
                if (ours != flinks) {
                    StreamOperatorFactory<?> oursToo = SimpleOperatorFactory.of(ours);
                    oursToo.setChainingStrategy(factory.getChainingStrategy());
                    node.setOperatorFactory(oursToo);
                }
            }
        }
    }

    private static StreamOperator<?> replacement(StreamOperator<?> operator) {
        if (operator instanceof ArrowPythonScalarFunctionOperator) {
            return new Batches(new Parts((ArrowPythonScalarFunctionOperator) operator));
        }
        if (operator instanceof PythonScalarFunctionOperator) {
            return new Rows(new Parts((PythonScalarFunctionOperator) operator));
        }
        return operator;
    }

    private static void close(String operator, RunnableWithException close) {
        try {
            close.run();
        } catch (Exception e) {
            LOG.info("{} has not closed well", operator, e);
        }
    }

    /** The operator whose rows travel as Arrow batches. */
    private static final class Batches extends ArrowPythonScalarFunctionOperator {
        private static final long serialVersionUID = 1L;

        Batches(Parts p) {
            super(p.config, p.functions, p.input, p.arguments, p.results, p.toArguments, p.toForwarded);
        }

        @Override
        public void close() {
            GoOperators.close(getOperatorName(), super::close);
        }
    }

    /** The operator whose rows travel one by one. */
    private static final class Rows extends PythonScalarFunctionOperator {
        private static final long serialVersionUID = 1L;

        Rows(Parts p) {
            super(p.config, p.functions, p.input, p.arguments, p.results, p.toArguments, p.toForwarded);
        }

        @Override
        public void close() {
            GoOperators.close(getOperatorName(), super::close);
        }
    }

    /** What an operator of Flink's was made of. */
    private static final class Parts {
        final Configuration config;
        final PythonFunctionInfo[] functions;
        final RowType input;
        final RowType arguments;
        final RowType results;
        final GeneratedProjection toArguments;
        final GeneratedProjection toForwarded;

        Parts(AbstractPythonScalarFunctionOperator flinks) {
            config = flinks.getConfiguration();
            functions = part(flinks, "scalarFunctions", PythonFunctionInfo[].class);
            input = part(flinks, "inputType", RowType.class);
            arguments = part(flinks, "udfInputType", RowType.class);
            results = part(flinks, "udfOutputType", RowType.class);
            toArguments = part(flinks, "udfInputGeneratedProjection", GeneratedProjection.class);
            toForwarded = part(flinks, "forwardedFieldGeneratedProjection", GeneratedProjection.class);
        }

        private static <T> T part(Object operator, String name, Class<T> type) {
            for (Class<?> c = AbstractPythonScalarFunctionOperator.class; c != null; c = c.getSuperclass()) {
                try {
                    Field field = c.getDeclaredField(name);
                    field.setAccessible(true);
                    return type.cast(field.get(operator));
                } catch (NoSuchFieldException e) {
                    // a superclass has it
                } catch (IllegalAccessException e) {
                    throw new IllegalStateException(e);
                }
            }
            throw new IllegalStateException("this Flink's operator for functions has no " + name);
        }
    }
}
