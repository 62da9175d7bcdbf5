package riffle.gateway;

import java.net.URI;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.StateChangelogOptions;
import org.apache.flink.runtime.executiongraph.failover.RestartBackoffTimeStrategyFactoryLoader;
import org.apache.flink.runtime.state.CheckpointStorageLoader;
import org.apache.flink.runtime.state.StateBackendLoader;
import org.apache.flink.runtime.state.hashmap.HashMapStateBackend;
import org.apache.flink.table.api.config.TableConfigOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tries a value of an option before it is set. Flink accepts any text, and uses the option only when it
 * builds a job, so every later statement would fail. The option is tried alone, together with what makes
 * Flink use it, because options can be set in any order.
 */
final class SettingTrial {
    private static final Logger LOG = LoggerFactory.getLogger(SettingTrial.class);

    private static final String RESTART_STRATEGY = "restart-strategy.";

    /** What makes Flink use an option, by the beginning of the option's key. */
    private static final Map<String, Map<ConfigOption<String>, String>> TOGETHER =
            Map.of(
                    "state.backend.rocksdb.", Map.of(StateBackendOptions.STATE_BACKEND, "rocksdb"),
                    CheckpointingOptions.CHECKPOINTS_DIRECTORY.key(),
                            Map.of(CheckpointingOptions.CHECKPOINT_STORAGE, "filesystem"),
                    CheckpointingOptions.CHECKPOINT_STORAGE.key(),
                            Map.of(CheckpointingOptions.CHECKPOINTS_DIRECTORY, "file:///tmp"));

    private SettingTrial() {}

    /** Throws an exception if a job cannot have the value. {@code loader} is that of the session's jars. */
    static void attempt(String key, String value, ClassLoader loader) throws IllegalAccessException {
        ConfigOption<?> option = Settings.find(key);
        if (option == null) {
            return;
        }
        Configuration options = new Configuration();
        String current = option.key();
        TOGETHER.forEach(
                (prefix, others) -> {
                    if (current.startsWith(prefix)) {
                        others.forEach(options::set);
                    }
                });
        completeRestartStrategy(current, value, options);
        options.setString(current, value);
        options.get(option); // its own message has the key
        try {
            use(current, options, loader);
        } catch (Exception | LinkageError e) {
            throw new IllegalArgumentException("Could not parse value '" + value + "' for key '" + key + "'.", e);
        }
    }

    /** Each strategy has options of its own, and the bounds of the exponential one are compared. */
    private static void completeRestartStrategy(String key, String value, Configuration options) {
        if (!key.startsWith(RESTART_STRATEGY)) {
            return;
        }
        int end = key.indexOf('.', RESTART_STRATEGY.length());
        if (end > 0) {
            options.set(RestartStrategyOptions.RESTART_STRATEGY, key.substring(RESTART_STRATEGY.length(), end));
        }
        if (key.equals(RestartStrategyOptions.RESTART_STRATEGY_EXPONENTIAL_DELAY_INITIAL_BACKOFF.key())) {
            options.setString(RestartStrategyOptions.RESTART_STRATEGY_EXPONENTIAL_DELAY_MAX_BACKOFF.key(), value);
        } else {
            options.setString(RestartStrategyOptions.RESTART_STRATEGY_EXPONENTIAL_DELAY_INITIAL_BACKOFF.key(), "1 ms");
        }
    }

    /** Does with the option what Flink does when it builds a job. */
    private static void use(String key, Configuration options, ClassLoader loader) throws Exception {
        Configuration none = new Configuration();
        if (key.startsWith("state.backend.")
                || key.equals(StateBackendOptions.STATE_BACKEND.key())
                || key.equals(StateChangelogOptions.ENABLE_STATE_CHANGE_LOG.key())) {
            StateBackendLoader.fromApplicationOrConfigOrDefault(null, options, none, loader, LOG);
        } else if (key.startsWith("execution.checkpointing.")) {
            CheckpointStorageLoader.load(null, new HashMapStateBackend(), options, none, loader, LOG);
        } else if (key.startsWith(RESTART_STRATEGY)) {
            RestartBackoffTimeStrategyFactoryLoader.createRestartBackoffTimeStrategyFactory(options, none, true)
                    .create();
        } else if (key.equals(TableConfigOptions.MAX_LENGTH_GENERATED_CODE.key())) {
            checkPositive(options.get(TableConfigOptions.MAX_LENGTH_GENERATED_CODE));
        } else if (key.equals(TableConfigOptions.MAX_MEMBERS_GENERATED_CODE.key())) {
            checkPositive(options.get(TableConfigOptions.MAX_MEMBERS_GENERATED_CODE));
        } else if (key.equals(PipelineOptions.JARS.key())) {
            checkFiles(options.get(PipelineOptions.JARS));
        } else if (key.equals(PipelineOptions.CLASSPATHS.key())) {
            checkFiles(options.get(PipelineOptions.CLASSPATHS));
        }
    }

    private static void checkPositive(int number) {
        if (number <= 0) {
            throw new IllegalArgumentException("It must be greater than 0.");
        }
    }

    private static void checkFiles(Iterable<String> urls) throws Exception {
        for (String text : urls) {
            URI url = new URL(text).toURI();
            if (url.getScheme().equals("file") && !Files.exists(Path.of(url))) {
                throw new NoSuchFileException(url.getPath());
            }
        }
    }
}
