package riffle.gateway;

import java.io.File;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.calcite.rel.metadata.JaninoRelMetadataProvider;
import org.apache.calcite.rel.metadata.RelMetadataQueryBase;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ArrayNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;
import org.apache.flink.table.catalog.Column;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.ResultKind;
import org.apache.flink.table.api.SqlParserException;
import org.apache.flink.table.api.Table;
import org.apache.flink.table.api.TableException;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.api.config.TableConfigOptions;
import org.apache.flink.table.api.internal.TableResultInternal;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.functions.UserDefinedFunction;
import org.apache.flink.table.operations.CallProcedureOperation;
import org.apache.flink.table.operations.ExplainOperation;
import org.apache.flink.table.operations.ModifyOperation;
import org.apache.flink.table.operations.Operation;
import org.apache.flink.table.operations.QueryOperation;
import org.apache.flink.table.operations.CompileAndExecutePlanOperation;
import org.apache.flink.table.operations.ddl.CompilePlanOperation;
import org.apache.flink.table.operations.command.RemoveJarOperation;
import org.apache.flink.table.operations.materializedtable.MaterializedTableOperation;
import org.apache.flink.table.planner.delegation.PlannerBase;
import org.apache.flink.table.planner.parse.CalciteParser;
import org.apache.flink.table.planner.parse.ExtendedParser;
import org.apache.flink.table.planner.plan.metadata.FlinkDefaultRelMetadataProvider;
import org.apache.flink.table.planner.plan.optimize.program.FlinkOptimizeProgram;
import org.apache.flink.table.planner.plan.optimize.program.StreamOptimizeContext;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.util.CloseableIterator;
import riffle.gateway.calls.ViewCalls;
import riffle.gateway.internals.Internals;
import riffle.gateway.jobs.JobRunner;
import riffle.gateway.jobs.ShippedFunctions;
import riffle.gateway.plan.Commits;
import riffle.gateway.plan.GoFunctions;
import riffle.gateway.plan.ObjectReuse;
import riffle.gateway.plan.Optimizer;
import riffle.gateway.plan.QueryTraits;
import riffle.gateway.plan.UnstableCalls;
import riffle.job.rows.ArrowBatches;

/**
 * The session's table environment: settings, statements, functions.
 *
 * <p>Only one thread at a time may plan here, and it should always be the same one. Calcite keeps its
 * metadata provider in a thread-local variable that is set only for the environment's first thread. A plan
 * made on another thread fails, and leaves the environment broken for the first one too. The gateway
 * therefore plans on a thread of its own, which has a large stack. {@link #enter} prepares that thread.
 */
final class Environment {
    private final JobRunner runner;
    private final Jobs jobs;
    private final Configuration base;
    private final Set<String> changed = new HashSet<>();
    private final JobOptions jobOptions;
    private Map<String, UserDefinedFunction> functions = new HashMap<>();
    private final JarLoader loader;
    private final Set<String> called = new TreeSet<>(); // the Go functions of the last plan
    private Map<String, String> builtIn; // forms by name, for the modules builtInOf
    private List<String> builtInOf;
    private final InternalCalls internal;
    private final Views views = new Views();
    private SharedTableEnvironment env;
    private volatile ProcedureJobs calling; // the procedure that is called now, or null
    private volatile String givenUp = ""; // the last statement whose caller gave up

    Environment(Configuration base, JobRunner runner, Jobs jobs) {
        this.base = base;
        this.runner = runner;
        this.jobs = jobs;
        jobOptions = new JobOptions(runner, base, changed);
        provideMetadata();
        env = SharedTableEnvironment.create(
                        EnvironmentSettings.newInstance().withConfiguration(base).build(), runner);
        loader = env.jars().loader();
        internal = new InternalCalls(loader.current());
    }

    /** The loader of the session's jars. It is available without waiting for a plan. */
    ClassLoader loader() {
        return loader.current();
    }

    /** Prepares the thread for planning: code in jars finds the jars' classes by the thread's loader. */
    private void enter() {
        provideMetadata();
        if (loader.due()) {
            env = env.renewed();
        }
        Thread.currentThread().setContextClassLoader(loader.current());
    }

    private static void provideMetadata() {
        RelMetadataQueryBase.THREAD_PROVIDERS.set(
                JaninoRelMetadataProvider.of(FlinkDefaultRelMetadataProvider.INSTANCE()));
    }

    synchronized ObjectNode execute(JsonNode request) throws Exception {
        enter();
        String sql = request.get("sql").asText();
        Nesting.check(sql, parser());
        try {
            return execute(sql, new ResultSink(runner, request.path("sink")));
        } catch (Exception e) {
            throw new StatementFailure(e, views.describe(sql, e, env, parser()));
        }
    }

    private ObjectNode execute(String sql, ResultSink sink) throws Exception {
        List<Operation> parsed = env.getParser().parse(sql);
        if (parsed.size() != 1) {
            throw new TableException("one statement at a time, this is " + parsed.size());
        }
        Operation operation =
                ViewCalls.keep(parsed.get(0), () -> ((PlannerBase) env.getPlanner()).createFlinkPlanner());
        Map<String, String> options =
                jobOptions.of(sql, sink.query(), env.getConfig().getConfiguration(), !functions.isEmpty());
        if (operation instanceof QueryOperation && !(operation instanceof ModifyOperation)) {
            env.forgetCheckpoints();
            jobOptions.addOfQuery(options);
            return withOptions(options, () -> query(sql, (QueryOperation) operation, sink));
        }
        if (operation instanceof MaterializedTableOperation) {
            // The planner would accept it, but no job would ever fill the table.
            throw new ValidationException("materialized tables are the SQL Gateway's");
        }
        if (operation instanceof RemoveJarOperation) {
            env.jars().remove(((RemoveJarOperation) operation).getPath(), env.getConfig());
            env = env.renewed();
            return Json.object().put("kind", "done").put("journal", sql);
        }
        if (JobStatements.concerns(operation)) {
            return new JobStatements(runner, env.getConfig())
                    .execute(operation)
                    .put("zone", zone());
        }
        if (operation instanceof CallProcedureOperation) {
            return call(operation, options, sink.query());
        }
        if (env.streaming() && QueryPlan.hasChanges(operation)) {
            jobOptions.addOfQuery(options);
            return withOptions(options, () -> explain(sql, (ExplainOperation) operation, sink));
        }
        return change(sql, operation, options);
    }

    /** Runs a statement that may change the session: its tables, its functions, its settings. */
    private ObjectNode change(String sql, Operation operation, Map<String, String> options) throws Exception {
        FunctionStatements names = new FunctionStatements(env, internal);
        String undeclared = names.dropped(operation, functions.keySet());
        if (undeclared != null) {
            return Json.object().put("kind", "done").put("undeclared", undeclared);
        }
        String replaced = names.admit(operation);
        UnstableCalls unstable = new UnstableCalls();
        Commits commits = new Commits();
        extendOptimizer(
                sql,
                operation instanceof CompilePlanOperation || operation instanceof CompileAndExecutePlanOperation,
                List.of(unstable, commits));
        if (runner.outlivesSession()) {
            env.forgetRestarts(); // those of this job are its cluster's, or the session's
        }
        SessionLocal local = new SessionLocal(env.catalogs());
        boolean again = local.changedBy(operation);
        Set<String> hiding = names.hiding(functions.keySet());
        ObjectNode out = withOptions(options, () -> statement(env.executeInternal(operation)));
        views.remember(operation, sql);
        unstable.describe(out);
        if (out.path("kind").asText().equals("job") && !out.path("bounded").asBoolean()) {
            commits.describe(out, env.getConfig());
        }
        out.put("replaced", replaced);
        Set<String> hides = names.hiding(functions.keySet());
        hides.removeAll(hiding);
        strings(out.putArray("hides"), hides.toArray(new String[0]));
        String journal = again ? sql : local.definition(operation, env);
        return journal == null
                ? out
                : out.put("journal", journal).put("function", FunctionStatements.concerned(operation));
    }

    private ObjectNode call(Operation procedure, Map<String, String> options, String query) throws Exception {
        options.remove(TableConfigOptions.TABLE_DML_SYNC.key()); // a procedure may wait for its job
        env.jars().addJarConfiguration(env.getConfig());
        ProcedureJobs submitted = new ProcedureJobs(runner, loader.current(), query);
        calling = submitted;
        submitted.giveUp(givenUp);
        try {
            ObjectNode out =
                    withOptions(
                            options,
                            () -> submitted.during(() -> statement(env.executeInternal(procedure))));
            submitted.describe(out, jobs);
            return out;
        } finally {
            calling = null;
        }
    }

    /** The statement's caller gave up. The statement may still be in planning, or not even have started. */
    void giveUp(String query) {
        givenUp = query;
        ProcedureJobs submitted = calling;
        if (submitted != null) {
            submitted.giveUp(query);
        }
    }

    private CalciteParser parser() {
        return ((PlannerBase) env.getPlanner()).plannerContext().createCalciteParser();
    }

    /**
     * Adds riffle's steps to Flink's for the next translation. Which steps Flink has depends on the
     * settings.
     */
    private void extendOptimizer(
            String sql, boolean compiles, List<FlinkOptimizeProgram<StreamOptimizeContext>> more) {
        called.clear();
        Optimizer.extend(env.getConfig(), parser(), sql, compiles, called, more);
    }

    private ObjectNode query(String sql, QueryOperation operation, ResultSink sink) throws Exception {
        ObjectNode out = Json.object().put("kind", "query");
        ResultOrder order = env.streaming() ? ResultOrder.of(operation) : ResultOrder.none(operation);
        Table table = env.createTable(order.operation());
        order.describe(out);
        RowType type = (RowType) table.getResolvedSchema().toPhysicalRowDataType().getLogicalType();
        out.put("schema", ArrowBatches.schema(type));
        ArrowBatches.describeTexts(type, out.putObject("texts"));
        out.put("zone", zone());
        QueryTraits traits = new QueryTraits();
        UnstableCalls unstable = new UnstableCalls();
        if (jobOptions.free(PipelineOptions.OBJECT_REUSE)) {
            extendOptimizer(
                    sql, false, List.of(traits, unstable, new ObjectReuse(env.getConfig().getConfiguration())));
        } else {
            extendOptimizer(sql, false, List.of(traits, unstable));
        }
        TableResultInternal result =
                (TableResultInternal) table.insertInto(sink.descriptor()).execute();
        JobClient job = result.getJobClient().get();
        out.put("job", jobs.add(job, sink.fetch(job.getJobID())));
        traits.describe(out);
        unstable.describe(out);
        describeCalled(out);
        return out.put("bounded", env.lastTranslationBounded());
    }

    /** The plan of a query as it runs: with the sink, on which it depends which changes operators emit. */
    private ObjectNode explain(String sql, ExplainOperation operation, ResultSink sink) throws Exception {
        UnstableCalls unstable = new UnstableCalls();
        extendOptimizer(sql, false, List.of(unstable));
        Table table = env.createTable((QueryOperation) operation.getChild());
        ObjectNode out = QueryPlan.answer(table.insertInto(sink.descriptor()), operation).put("zone", zone());
        unstable.describe(out);
        return out;
    }

    /** The Go functions that the job calls. It keeps them if they are declared again. */
    private void describeCalled(ObjectNode out) {
        strings(out.putArray("functions"), called.toArray(new String[0]));
    }

    /** The answer to a statement other than a query: a job, a few rows of its own, or just success. */
    private ObjectNode statement(TableResultInternal result) throws Exception {
        ObjectNode out = Json.object();
        if (result.getJobClient().isPresent()) {
            describeCalled(out);
            return out.put("kind", "job")
                    .put("job", jobs.add(result.getJobClient().get()))
                    .put("bounded", env.lastTranslationBounded());
        }
        if (result.getResultKind() == ResultKind.SUCCESS) {
            return out.put("kind", "done");
        }
        RowType type = (RowType) result.getResolvedSchema().toPhysicalRowDataType().getLogicalType();
        CloseableIterator<RowData> rows = result.collectInternal();
        try {
            return LocalRows.answer(type, rows).put("zone", zone());
        } finally {
            rows.close();
        }
    }

    /**
     * The time zone of TIMESTAMP_LTZ values: an offset such as +05:30 or Z if the zone has no other
     * offset, otherwise the name of a region.
     */
    private String zone() {
        return env.getConfig().getLocalTimeZone().normalized().getId();
    }

    private interface Work {
        ObjectNode run() throws Exception;
    }

    private ObjectNode withOptions(Map<String, String> options, Work work) throws Exception {
        Configuration config = env.getConfig().getConfiguration();
        Map<String, String> before = new HashMap<>();
        options.keySet().forEach(key -> before.put(key, config.getString(key, null)));
        options.forEach((key, value) -> put(config, key, value));
        try {
            return work.run();
        } finally {
            before.forEach((key, value) -> put(config, key, value));
        }
    }

    private static void put(Configuration config, String key, String value) {
        if (value == null) {
            config.removeKey(key);
        } else {
            config.setString(key, value);
        }
    }

    /**
     * Makes {@code options} the settings that differ from the start. All other settings return to their
     * start value. The environment is created again over the same catalogs, functions and modules: it
     * is permanently bound to streaming or batch mode, and Flink's execution environment never forgets
     * an option once set. Returns the time {@code zone}, for which the caller may have no data.
     */
    synchronized ObjectNode configure(Map<String, String> options) {
        enter();
        Settings.check(options);
        Configuration config = env.getConfig().getConfiguration();
        for (String key : changed) {
            if (!options.containsKey(key)) {
                put(config, key, base.getString(key, null));
            }
        }
        options.forEach(config::setString);
        changed.clear();
        changed.addAll(options.keySet());
        env = env.renewed();
        return Json.object().put("zone", zone());
    }

    /** Rejects a setting that no job can have. */
    synchronized void trySetting(String key, String value) throws IllegalAccessException {
        enter();
        SettingTrial.attempt(key, value, loader.current());
    }

    /**
     * A statement that is nested too deeply to be parsed counts as a statement, which is then rejected
     * with its own message.
     */
    synchronized ObjectNode parses(String sql) {
        enter();
        boolean parses;
        try {
            Nesting.check(sql, parser());
            parses = ExtendedParser.INSTANCE.parse(sql).isPresent() || parser().parse(sql) != null;
        } catch (SqlParserException e) {
            parses = false;
        } catch (ValidationException e) {
            parses = true;
        }
        return Json.object().put("parses", parses);
    }

    synchronized ObjectNode judge(JsonNode functions) {
        enter();
        return new FunctionStatements(env, internal).judge(functions);
    }

    /** Registers functions in place of those that were registered before: all of them or none. */
    synchronized void register(JsonNode registered, JsonNode shipped) {
        enter();
        Internals.current().keepServersOnLoopback();
        Map<String, UserDefinedFunction> requested = new HashMap<>();
        for (JsonNode f : registered) {
            requested.put(f.get("name").asText(), GoFunctions.of(f));
        }
        Map<String, UserDefinedFunction> before = functions;
        try {
            replaceFunctions(requested);
        } catch (RuntimeException refused) {
            try {
                replaceFunctions(before);
            } catch (RuntimeException again) {
                refused.addSuppressed(again);
            }
            throw refused;
        }
        if (!shipped.isMissingNode()) {
            runner.ship(
                    new ShippedFunctions(
                            shipped.get("program").asText(),
                            new File(shipped.get("archive").asText()),
                            shipped.get("runtime").asBoolean(),
                            shipped.get("cancellation").asText()));
        }
    }

    private void replaceFunctions(Map<String, UserDefinedFunction> requested) {
        functions.forEach(env::dropFunction);
        functions = new HashMap<>();
        requested.forEach(
                (name, function) -> {
                    env.createTemporarySystemFunction(name, function);
                    functions.put(name, function);
                });
    }

    synchronized ObjectNode names() {
        enter();
        ObjectNode out = Json.object();
        out.put("catalog", env.getCurrentCatalog());
        out.put("database", env.getCurrentDatabase());
        strings(out.putArray("tables"), env.listTables());
        strings(out.putArray("views"), env.listViews());
        strings(out.putArray("functions"), env.listUserDefinedFunctions());
        ArrayNode builtIn = out.putArray("builtIn");
        builtIn().forEach((name, forms) -> builtIn.addObject().put("name", name).put("forms", forms));
        strings(out.putArray("catalogs"), env.listCatalogs());
        strings(out.putArray("databases"), env.listDatabases());
        return out;
    }

    /** They are the same as long as the modules are, and are computed once, because that takes a while. */
    private Map<String, String> builtIn() {
        List<String> modules = List.of(env.listModules());
        if (!modules.equals(builtInOf)) {
            builtIn = SqlFunctions.of(env);
            builtInOf = modules;
        }
        return builtIn;
    }

    synchronized ObjectNode columns(JsonNode tables) {
        enter();
        ObjectNode out = Json.object();
        ObjectNode all = out.putObject("tables");
        for (JsonNode table : tables) {
            ArrayNode columns = all.putArray(table.asText());
            for (Column column :
                    env.from("`" + table.asText().replace("`", "``") + "`").getResolvedSchema().getColumns()) {
                columns.addObject()
                        .put("name", column.getName())
                        .put("type", column.getDataType().getLogicalType().copy(true).asSummaryString());
            }
        }
        return out;
    }

    private static void strings(ArrayNode out, String[] values) {
        for (String value : values) {
            out.add(value);
        }
    }
}
