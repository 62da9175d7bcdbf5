package yard;

import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.table.procedure.ProcedureContext;
import org.apache.flink.table.procedures.Procedure;

/** Procedures that run jobs in the ways in which procedures do. */
final class JobProcedures {
    private JobProcedures() {}

    private static StreamExecutionEnvironment numbers(ProcedureContext context, long last, MapFunction<Long, Long> map) {
        StreamExecutionEnvironment env = context.getExecutionEnvironment();
        env.fromSequence(1, last).map(map).sinkTo(new DiscardingSink<>());
        return env;
    }

    /** A class of this jar, which the job needs. */
    private static final class Same implements MapFunction<Long, Long> {
        private static final long serialVersionUID = 1L;

        @Override
        public Long map(Long number) {
            return number;
        }
    }

    /** Fails in the cluster. */
    private static final class Fail implements MapFunction<Long, Long> {
        private static final long serialVersionUID = 1L;

        @Override
        public Long map(Long number) {
            throw new IllegalStateException("the yard is closed");
        }
    }

    /** Reads the first rows of its job, of which there are more. */
    public static final class CollectTo implements Procedure {
        public Long[] call(ProcedureContext context, Integer last) throws Exception {
            return context.getExecutionEnvironment()
                    .fromSequence(1, Long.MAX_VALUE - 1)
                    .map(new Same())
                    .executeAndCollect(last)
                    .toArray(new Long[0]);
        }
    }

    /** Waits for its job. */
    public static final class CountTo implements Procedure {
        public String[] call(ProcedureContext context, Integer last) throws Exception {
            numbers(context, last, new Same()).execute();
            return new String[] {"counted to " + last};
        }
    }

    /** Leaves its jobs running. */
    public static final class SubmitTo implements Procedure {
        public String[] call(ProcedureContext context, Long last, Integer jobs) throws Exception {
            String[] ids = new String[jobs];
            for (int i = 0; i < jobs; i++) {
                JobClient job = numbers(context, last, new Same()).executeAsync();
                ids[i] = "JobID=" + job.getJobID();
            }
            return ids;
        }
    }

    /** Waits for a job that does not end. */
    public static final class Endless implements Procedure {
        public String[] call(ProcedureContext context) throws Exception {
            numbers(context, Long.MAX_VALUE - 1, new Same()).execute();
            return new String[0];
        }
    }

    /** Leaves a job that fails. */
    public static final class Failing implements Procedure {
        public String[] call(ProcedureContext context) throws Exception {
            return new String[] {"JobID=" + numbers(context, 1, new Fail()).executeAsync().getJobID()};
        }
    }
}
