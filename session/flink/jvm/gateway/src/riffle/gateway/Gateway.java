package riffle.gateway;

import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.DeploymentOptions;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ArrayNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;
import riffle.gateway.internals.Internals;
import riffle.gateway.jobs.JobRunner;
import riffle.gateway.jobs.JobSubmission;

/**
 * The Py4J entry point. Every method is one call with one answer: a JSON object that holds either
 * {@code result} or {@code fault} (see {@link Fault}). So no Java exception crosses the connection, and no
 * object stays in Py4J's table of references.
 *
 * <p>Methods that need the environment run on one thread, see {@link Environment}, whichever connection
 * the call comes from.
 */
public final class Gateway {
    /**
     * Calcite recurses into expressions. The memory is only reserved, and used when a statement needs
     * it.
     */
    private static final long PLANNING_STACK = 1L << 30;

    private final ExecutorService planner = Executors.newSingleThreadExecutor(Gateway::planningThread);
    private final Map<String, String> flinkOptions;
    private final JobRunner runner;
    private final Jobs jobs;
    private final CompletableFuture<Environment> environment = new CompletableFuture<>();

    Gateway(Map<String, String> flinkOptions, JobRunner runner) {
        this.flinkOptions = flinkOptions;
        this.runner = runner;
        jobs = new Jobs(runner, this::jars);
    }

    /** Creates the environment. {@link #awaitEnvironment} reports the result. */
    void boot() {
        try {
            Internals.current(); // rejects a Flink of another version before classes turn out to be missing
            Configuration options = Configuration.fromMap(runner.jobDefaults().get());
            options.addAll(Configuration.fromMap(flinkOptions));
            options.set(DeploymentOptions.TARGET, JobSubmission.TARGET);
            environment.complete(new Environment(options, runner, jobs));
        } catch (Throwable t) {
            environment.completeExceptionally(t);
        }
    }

    /** Waits for the environment. From then on, statements that need no job work. */
    public String awaitEnvironment() {
        return answer(() -> {
            environment.get();
            return Json.object();
        });
    }

    /** Waits for the cluster. Result: {@code rest}, the address of its REST endpoint. */
    public String awaitCluster() {
        return answer(() -> Json.object().put("rest", runner.restAddress().get()));
    }

    /**
     * Plans and runs one statement. Request: {@code sql}, and {@code sink}
     * {@code {host, port, token, query}}, the receiver of a query's rows. {@code journal} in the result
     * is a statement that restores the effect in another JVM. It is absent if nothing of it is lost
     * with this one: see {@link SessionLocal}.
     */
    public String execute(String request) {
        return plan(() -> environment.get().execute(Json.read(request)));
    }

    /**
     * Replaces the session's settings: request {@code options}, all keys that differ from the start; answer
     * {@code zone}, the time zone.
     */
    public String configure(String request) {
        return plan(() -> environment.get().configure(Json.stringMap(Json.read(request).get("options"))));
    }

    /** Tries a setting, {@code key} and {@code value}, and changes nothing: see {@link SettingTrial}. */
    public String trySetting(String request) {
        return plan(() -> {
            JsonNode setting = Json.read(request);
            environment.get().trySetting(setting.get("key").asText(), setting.get("value").asText());
            return Json.object();
        });
    }

    /**
     * Registers functions, each {@code {name, payload, arguments[], result}}, in place of all that were
     * registered before. If one of them is rejected, the earlier ones stay registered, and no others.
     * {@code shipped} is {@code {program, archive, runtime}} where the functions travel with jobs.
     */
    public String register(String request) {
        return plan(() -> {
            JsonNode read = Json.read(request);
            environment.get().register(read.path("functions"), read.path("shipped"));
            return Json.object();
        });
    }

    /**
     * Judges whether functions can have their names. Request: {@code functions}; result: see
     * {@link FunctionStatements}.
     */
    public String judge(String request) {
        return plan(() -> environment.get().judge(Json.read(request).path("functions")));
    }

    /**
     * Whether {@code sql} is one statement according to the grammar. Result: {@code parses}. Nothing is
     * looked up.
     */
    public String parses(String request) {
        return plan(() -> environment.get().parses(Json.read(request).get("sql").asText()));
    }

    /** Names for completion and suggestions: tables, functions, current catalog and database. */
    public String names() {
        return plan(() -> environment.get().names());
    }

    /**
     * The columns of tables. Request: {@code tables}, names in the current database. Result:
     * {@code tables}, for each its columns {@code {name, type}}.
     */
    public String columns(String request) {
        return plan(() -> environment.get().columns(Json.read(request).path("tables")));
    }

    /** The options that can be set: {@code settings}, their keys. */
    public String settings() {
        return answer(() -> {
            ObjectNode out = Json.object();
            ArrayNode list = out.putArray("settings");
            Settings.known().keySet().forEach(list::add);
            return out;
        });
    }

    /**
     * The options that completion offers: {@code options}, each as in {@link OptionForm}. This takes
     * longer.
     */
    public String options() {
        return answer(() -> {
            ObjectNode out = Json.object();
            ArrayNode list = out.putArray("options");
            Settings.offered().values().forEach(option -> list.add(OptionForm.of(option)));
            return out;
        });
    }

    /** What WITH can name, see {@link Factories}. */
    public String factories() {
        return answer(() -> Factories.describe(environment.get().loader()));
    }

    /**
     * Waits for a job's end. Result: {@code state} FINISHED, CANCELED or FAILED, with {@code fault} if
     * failed.
     */
    public String awaitJob(String id) {
        return answer(() -> jobs.await(id, jars()));
    }

    /** What the functions of a job on a cluster have reported: {@code reports}, a text for each worker. */
    public String functionReports(String id) {
        return answer(() -> jobs.functionReports(id));
    }

    /** Requests a job's cancellation and waits until the cluster has accepted the request. */
    public String cancelJob(String id) {
        return answer(() -> {
            jobs.get(id).cancel().get();
            return Json.object();
        });
    }

    /** Records that a statement's caller gave up: jobs that a procedure runs for it are cancelled. */
    public String giveUp(String query) {
        return answer(() -> {
            environment.get().giveUp(query);
            return Json.object();
        });
    }

    /** Ends what has to end with the session on a cluster that goes on. */
    public String leave() {
        return answer(() -> {
            runner.leave().get();
            return Json.object();
        });
    }

    /** Ends the JVM in an orderly way, in which it writes a class-data archive. */
    public void exit() {
        new Thread(() -> System.exit(0), "riffle-exit").start();
    }

    /** Answers on the thread that plans. */
    private String plan(Callable<ObjectNode> work) {
        return answer(() -> {
            try {
                return planner.submit(work).get();
            } catch (ExecutionException e) {
                if (e.getCause() instanceof Error) {
                    throw (Error) e.getCause();
                }
                throw (Exception) e.getCause();
            }
        });
    }

    private static Thread planningThread(Runnable work) {
        Thread thread = new Thread(null, work, "riffle-plan", PLANNING_STACK);
        thread.setDaemon(true);
        return thread;
    }

    /** The loader of the session's jars, or null before there is one. */
    private ClassLoader jars() {
        return environment.isDone() && !environment.isCompletedExceptionally() ? environment.join().loader() : null;
    }

    private String answer(Callable<ObjectNode> work) {
        ObjectNode out = Json.object();
        try {
            out.set("result", work.call());
        } catch (Throwable t) {
            out.set("fault", Fault.describe(t, jars()));
        }
        return out.toString();
    }
}
