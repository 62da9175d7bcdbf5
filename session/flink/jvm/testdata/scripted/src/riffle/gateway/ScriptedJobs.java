package riffle.gateway;

import java.io.ByteArrayOutputStream;
import java.io.ObjectOutputStream;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.apache.beam.vendor.grpc.v1p60p1.io.grpc.Server;
import org.apache.beam.vendor.grpc.v1p60p1.io.grpc.netty.NettyServerBuilder;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.client.JobStatusMessage;
import org.apache.flink.runtime.jobmaster.JobResult;
import org.apache.flink.runtime.operators.coordination.CoordinationRequest;
import org.apache.flink.runtime.operators.coordination.CoordinationResponse;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.streaming.api.graph.StreamNode;
import org.apache.flink.streaming.api.operators.SimpleOperatorFactory;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorFactory;
import org.apache.flink.table.functions.python.PythonFunctionInfo;
import org.apache.flink.table.runtime.operators.python.scalar.AbstractPythonScalarFunctionOperator;
import org.apache.flink.util.FlinkException;
import org.apache.flink.util.SerializedThrowable;
import riffle.gateway.internals.Internals;
import riffle.gateway.jobs.JobRunner;
import riffle.job.columns.UncopiedSerializer;
import riffle.job.rows.ScriptedRows;

/**
 * A gateway whose jobs do not run. It prints what happens to them: a name and the gateway's answer,
 * line by line.
 */
final class ScriptedJobs implements JobRunner {
    private static final String SINK =
            ", \"sink\": {\"host\": \"127.0.0.1\", \"port\": \"1\", \"token\": \"t\", \"query\": \"q\"}";

    private CompletableFuture<JobID> submission;
    private CompletableFuture<JobResult> result;
    private StreamGraph graph;
    private JobID cancelled;

    public static void main(String[] args) throws Exception {
        ScriptedJobs jobs = new ScriptedJobs();
        Gateway gateway =
                new Gateway(Map.of("execution.runtime-mode", "streaming", "parallelism.default", "1"), jobs);
        gateway.boot();
        System.out.println("rest " + gateway.awaitCluster());
        execute(gateway, "CREATE TEMPORARY TABLE numbers (x BIGINT) WITH ('connector' = 'datagen')");
        execute(gateway, "CREATE TEMPORARY TABLE gone (x BIGINT) WITH ('connector' = 'blackhole')");
        jobs.run(gateway);
        jobs.functionOfAJar(gateway);
        jobs.travel(gateway);
        jobs.copies(gateway);
        OtherClusters.run();
        ScriptedRows.run();
        try {
            Internals.of("2.2.1");
        } catch (IllegalStateException refused) {
            System.out.println("version " + refused.getMessage());
        }
        gateway.exit();
    }

    private void run(Gateway gateway) throws Exception {
        String insert = "INSERT INTO gone VALUES (1)";
        submission = CompletableFuture.failedFuture(new FlinkException("no room for it"));
        System.out.println("refused " + execute(gateway, insert));

        String failed = submit(gateway, insert);
        end(JobStatus.FAILED, new ArithmeticException("/ by zero"));
        System.out.println("failed " + gateway.awaitJob(failed));
        System.out.println("over " + gateway.awaitJob(failed));

        String lost = submit(gateway, insert);
        result.completeExceptionally(new ConnectException("nobody answers"));
        System.out.println("lost " + gateway.awaitJob(lost));
        result = new CompletableFuture<>();
        end(JobStatus.FINISHED, null);
        System.out.println("found " + gateway.awaitJob(lost));

        String id = submit(gateway, insert);
        System.out.println("nowhere " + execute(gateway, "STOP JOB '" + id + "' WITH SAVEPOINT"));
        gateway.configure("{\"options\": {\"execution.checkpointing.savepoint-dir\": \"file:///s\"}}");
        System.out.println("unstopped " + execute(gateway, "STOP JOB '" + id + "' WITH SAVEPOINT"));
        System.out.println("cancel " + gateway.cancelJob(id) + " " + cancelled.toHexString().equals(id));
        end(JobStatus.CANCELED, null);
        System.out.println("cancelled " + gateway.awaitJob(id));
    }

    /**
     * Prints whether a function that was not declared in Go still takes a row, and whether a server
     * like those that Flink opens for it is on loopback. No function has been registered before.
     */
    private void functionOfAJar(Gateway gateway) throws Exception {
        execute(gateway, "CREATE TEMPORARY SYSTEM FUNCTION together AS 'riffle.gateway.Together'");
        submission = CompletableFuture.completedFuture(new JobID());
        gateway.execute("{\"sql\": \"SELECT together(x, x) FROM numbers\"" + SINK + "}");
        for (StreamNode node : graph.getStreamNodes()) {
            StreamOperatorFactory<?> factory = node.getOperatorFactory();
            StreamOperator<?> operator =
                    factory instanceof SimpleOperatorFactory ? ((SimpleOperatorFactory<?>) factory).getOperator() : null;
            if (operator instanceof AbstractPythonScalarFunctionOperator) {
                PythonFunctionInfo call =
                        Internals.current().partsOf((AbstractPythonScalarFunctionOperator) operator).functions[0];
                System.out.println("row " + call.getPythonFunction().takesRowAsInput());
            }
        }
        Server server = NettyServerBuilder.forPort(0).build().start();
        System.out.println(
                "loopback " + ((InetSocketAddress) server.getListenSockets().get(0)).getAddress().isLoopbackAddress());
        server.shutdownNow();
    }

    /**
     * Prints which classes of riffle, and of Calcite, are in the jobs of a query and of calls of a
     * function.
     */
    private void travel(Gateway gateway) throws Exception {
        gateway.register(
                "{\"functions\": [{\"name\": \"F\", \"payload\": \"eyJyaWZmbGUiOjIsImtpbmQiOiJzY2FsYXIifQ==\","
                        + " \"parameters\": [{\"name\": \"id\", \"type\": \"BIGINT\"}], \"result\": \"BIGINT\"}]}");
        submission = new CompletableFuture<>();
        submission.complete(new JobID());
        Set<String> classes = new TreeSet<>();
        for (String query : List.of("SELECT F(F(x)) FROM numbers", "SELECT F(1)")) {
            gateway.execute("{\"sql\": \"" + query + "\"" + SINK + "}");
            for (StreamNode node : graph.getStreamNodes()) {
                collect(node.getOperatorFactory(), classes);
            }
        }
        classes.removeIf(name -> !name.startsWith("riffle.") && !name.startsWith("org.apache.calcite."));
        System.out.println("travels " + String.join(" ", classes));
    }

    /** Prints for some INSERTs to which operators rows are copied, and to which they are not. */
    private void copies(Gateway gateway) throws Exception {
        Map<String, String> calls =
                Map.of(
                        "operators", "x + 1",
                        "function", "CASE WHEN ARRAY_CONTAINS(ARRAY[x], 1) THEN x END",
                        "state", "SUM(x)");
        for (Map.Entry<String, String> call : calls.entrySet()) {
            execute(gateway, "INSERT INTO gone SELECT " + call.getValue() + " FROM numbers");
            Set<String> operators = new TreeSet<>();
            for (StreamNode node : graph.getStreamNodes()) {
                for (TypeSerializer<?> in : node.getTypeSerializersIn()) {
                    String name = node.getOperatorName().replaceAll("[^A-Za-z].*", "");
                    operators.add((in instanceof UncopiedSerializer ? "-" : "+") + name);
                }
            }
            System.out.println("copied-" + call.getKey() + " " + String.join(" ", operators));
        }
    }

    private static void collect(Object part, Set<String> classes) throws Exception {
        try (ObjectOutputStream out =
                new ObjectOutputStream(new ByteArrayOutputStream()) {
                    @Override
                    protected void annotateClass(Class<?> type) {
                        classes.add(type.getName());
                    }
                }) {
            out.writeObject(part);
        }
    }

    private static String execute(Gateway gateway, String sql) {
        return gateway.execute("{\"sql\": \"" + sql + "\"}");
    }

    private String submit(Gateway gateway, String sql) {
        submission = CompletableFuture.completedFuture(new JobID());
        result = new CompletableFuture<>();
        return Json.read(execute(gateway, sql)).get("result").get("job").asText();
    }

    private void end(JobStatus status, Throwable cause) throws Exception {
        result.complete(
                new JobResult.Builder()
                        .jobId(submission.get())
                        .jobStatus(status)
                        .netRuntime(1)
                        .serializedThrowable(cause == null ? null : new SerializedThrowable(cause))
                        .build());
    }

    @Override
    public CompletableFuture<String> restAddress() {
        return CompletableFuture.completedFuture("http://scripted");
    }

    @Override
    public CompletableFuture<Map<String, String>> jobDefaults() {
        return CompletableFuture.completedFuture(Map.of());
    }

    @Override
    public boolean isLocal() {
        return true;
    }

    @Override
    public boolean outlivesSession() {
        return false;
    }

    @Override
    public String jobName(String sql, String query) {
        return query;
    }

    @Override
    public long patienceMillis() {
        throw new UnsupportedOperationException();
    }

    @Override
    public CompletableFuture<JobID> submit(StreamGraph job) {
        graph = job;
        return submission;
    }

    @Override
    public CompletableFuture<Collection<JobStatusMessage>> list() {
        return submission.thenApply(id -> List.of(new JobStatusMessage(id, "scripted", JobStatus.RUNNING, 0)));
    }

    @Override
    public CompletableFuture<JobStatus> status(JobID job) {
        return CompletableFuture.completedFuture(JobStatus.RUNNING);
    }

    @Override
    public CompletableFuture<JobResult> result(JobID job) {
        return result;
    }

    @Override
    public CompletableFuture<Void> cancel(JobID job) {
        cancelled = job;
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletableFuture<String> stopWithSavepoint(
            JobID job, boolean drain, String folder, SavepointFormatType format) {
        return CompletableFuture.failedFuture(new FlinkException("a task declined the checkpoint for " + folder));
    }

    @Override
    public CompletableFuture<String> savepoint(JobID job, String folder, SavepointFormatType format) {
        throw new UnsupportedOperationException();
    }

    @Override
    public CompletableFuture<Map<String, Object>> accumulators(JobID job, ClassLoader loader) {
        throw new UnsupportedOperationException();
    }

    @Override
    public CompletableFuture<CoordinationResponse> ask(JobID job, String operator, CoordinationRequest request) {
        throw new UnsupportedOperationException();
    }

    @Override
    public CompletableFuture<String> failedTask(JobID job) {
        return CompletableFuture.completedFuture("Map -> Sink (1/1)");
    }

    @Override
    public CompletableFuture<Void> leave() {
        throw new UnsupportedOperationException();
    }
}
