package riffle.gateway;

import java.net.URLClassLoader;
import java.util.List;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.dag.Transformation;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.DeploymentOptions;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.operators.InputFormatOperatorFactory;
import org.apache.flink.streaming.api.transformations.LegacySourceTransformation;
import org.apache.flink.streaming.api.transformations.WithBoundedness;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableConfig;
import org.apache.flink.table.api.internal.TableEnvironmentImpl;
import org.apache.flink.table.catalog.CatalogManager;
import org.apache.flink.table.catalog.CatalogStoreHolder;
import org.apache.flink.table.catalog.FunctionCatalog;
import org.apache.flink.table.catalog.GenericInMemoryCatalog;
import org.apache.flink.table.catalog.GenericInMemoryCatalogStore;
import org.apache.flink.table.catalog.ResolvedCatalogTable;
import org.apache.flink.table.catalog.UnresolvedIdentifier;
import org.apache.flink.table.delegation.Executor;
import org.apache.flink.table.delegation.Planner;
import org.apache.flink.table.factories.PlannerFactoryUtil;
import org.apache.flink.table.functions.FunctionDefinition;
import org.apache.flink.table.module.ModuleManager;
import org.apache.flink.table.operations.ModifyOperation;
import org.apache.flink.table.planner.calcite.CalciteConfig;
import org.apache.flink.table.planner.delegation.DefaultExecutor;
import riffle.gateway.calls.CallParser;
import riffle.gateway.internals.Internals;
import riffle.gateway.jobs.JobRunner;
import riffle.gateway.jobs.JobSubmission;

/**
 * Flink's table environment with separate parts, as in the SQL Gateway: catalogs, functions and modules
 * stay when changed settings require a new planner and executor.
 */
final class SharedTableEnvironment extends TableEnvironmentImpl {
    private final JobRunner runner;
    private final ModuleManager modules;
    private final boolean streaming;
    private final Jars jars;
    private final CatalogStoreHolder store;
    private boolean bounded;

    private SharedTableEnvironment(
            JobRunner runner,
            CatalogStoreHolder store,
            CatalogManager catalogs,
            ModuleManager modules,
            Jars jars,
            TableConfig config,
            Executor executor,
            FunctionCatalog functions,
            Planner planner,
            boolean streaming) {
        super(catalogs, modules, jars, config, executor, functions, planner, streaming);
        this.runner = runner;
        this.modules = modules;
        this.streaming = streaming;
        this.jars = jars;
        this.store = store;
    }

    static SharedTableEnvironment create(EnvironmentSettings settings, JobRunner runner) {
        Configuration options = settings.getConfiguration();
        JarLoader loader = new JarLoader(settings.getUserClassLoader(), options);
        JdbcDrivers.register(loader);
        TableConfig config = TableConfig.getDefault();
        config.addConfiguration(options);
        Jars jars = new Jars(options, loader);
        ModuleManager modules = new ModuleManager();
        CatalogStoreHolder store =
                CatalogStoreHolder.newBuilder()
                        .catalogStore(new GenericInMemoryCatalogStore())
                        .config(config)
                        .classloader(loader.current())
                        .build();
        String catalog = settings.getBuiltInCatalogName();
        CatalogManager catalogs =
                CatalogManager.newBuilder()
                        .classLoader(loader.current())
                        .config(config)
                        .defaultCatalog(
                                catalog,
                                new GenericInMemoryCatalog(catalog, settings.getBuiltInDatabaseName()))
                        .catalogStoreHolder(store)
                        .build();
        FunctionCatalog functions = new FunctionCatalog(config, jars, catalogs, modules);
        config.setPlannerConfig(
                CalciteConfig.createBuilder().replaceSqlParserConfig(CallParser.config(functions)).build());
        return assemble(runner, store, catalogs, modules, jars, config, functions);
    }

    /** The same session with a planner and an executor that know only the current settings and jars. */
    SharedTableEnvironment renewed() {
        if (jars.loader().due()) {
            jars.loader().renew();
        }
        Internals.current().loadBy(store, jars.getUserClassLoader());
        SharedTableEnvironment env =
                assemble(runner, store, getCatalogManager(), modules, jars, tableConfig, functionCatalog);
        if (env.streaming != streaming) {
            resolveTemporaries(getCatalogManager());
        }
        return env;
    }

    /**
     * Resolves temporary tables again: the catalog manager keeps them as they were resolved when they
     * were created, and a rowtime in streaming mode is only a timestamp in batch mode. Flink's own
     * session rejects them after a change of the mode ("failed to preserve datatypes").
     */
    private static void resolveTemporaries(CatalogManager catalogs) {
        Internals.current()
                .temporaryTables(catalogs)
                .replaceAll(
                        (name, table) ->
                                table instanceof ResolvedCatalogTable
                                        ? catalogs.resolveCatalogTable(
                                                ((ResolvedCatalogTable) table).getOrigin())
                                        : table);
    }

    boolean streaming() {
        return streaming;
    }

    /** Drops a temporary system function, unless the name now belongs to another one. */
    void dropFunction(String name, FunctionDefinition definition) {
        boolean same =
                functionCatalog
                        .lookupFunction(UnresolvedIdentifier.of(name))
                        .filter(found -> found.getDefinition() == definition)
                        .isPresent();
        if (same) {
            dropTemporarySystemFunction(name);
        }
    }

    Jars jars() {
        return jars;
    }

    /**
     * Removes the checkpointing, and the savepoint to restore, that the execution environment remembers
     * from its creation or from an earlier job. A job whose settings request them still has them.
     */
    void forgetCheckpoints() {
        StreamExecutionEnvironment remembers = ((DefaultExecutor) execEnv).getExecutionEnvironment();
        remembers.getCheckpointConfig().disableCheckpointing();
        ((Configuration) remembers.getConfiguration()).removeConfig(StateRecoveryOptions.SAVEPOINT_PATH);
    }

    /** Removes the restart strategy that the execution environment remembers from an earlier query. */
    void forgetRestarts() {
        StreamExecutionEnvironment remembers = ((DefaultExecutor) execEnv).getExecutionEnvironment();
        ((Configuration) remembers.getConfiguration()).removeConfig(RestartStrategyOptions.RESTART_STRATEGY);
    }

    FunctionCatalog functions() {
        return functionCatalog;
    }

    ModuleManager modules() {
        return modules;
    }

    CatalogManager catalogs() {
        return getCatalogManager();
    }

    private static SharedTableEnvironment assemble(
            JobRunner runner,
            CatalogStoreHolder store,
            CatalogManager catalogs,
            ModuleManager modules,
            Jars jars,
            TableConfig config,
            FunctionCatalog functions) {
        URLClassLoader loader = jars.getUserClassLoader();
        Configuration options = new Configuration(config.getConfiguration());
        options.set(DeploymentOptions.ATTACHED, true);
        Executor executor =
                new DefaultExecutor(new StreamExecutionEnvironment(new JobSubmission(runner), options, null));
        config.setRootConfiguration(executor.getConfiguration());
        Planner planner =
                PlannerFactoryUtil.createPlanner(executor, config, loader, modules, catalogs, functions);
        boolean streaming =
                config.get(ExecutionOptions.RUNTIME_MODE) == RuntimeExecutionMode.STREAMING;
        return new SharedTableEnvironment(
                runner, store, catalogs, modules, jars, config, executor, functions, planner, streaming);
    }

    @Override
    protected List<Transformation<?>> translate(List<ModifyOperation> operations) {
        List<Transformation<?>> sinks = super.translate(operations);
        bounded =
                sinks.stream()
                        .flatMap(sink -> sink.getTransitivePredecessors().stream())
                        .noneMatch(SharedTableEnvironment::unbounded);
        return sinks;
    }

    private static boolean unbounded(Transformation<?> source) {
        if (source instanceof LegacySourceTransformation
                && ((LegacySourceTransformation<?>) source).getOperatorFactory()
                        instanceof InputFormatOperatorFactory) {
            return false; // VALUES: the transformation says unbounded, its input format ends
        }
        return source instanceof WithBoundedness
                && ((WithBoundedness) source).getBoundedness() == Boundedness.CONTINUOUS_UNBOUNDED;
    }

    /** Whether the job that {@link #translate} translated last ends by itself. */
    boolean lastTranslationBounded() {
        return bounded;
    }
}
