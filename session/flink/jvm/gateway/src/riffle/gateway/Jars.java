package riffle.gateway;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.core.fs.Path;
import org.apache.flink.table.api.TableConfig;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.resource.ResourceManager;
import org.apache.flink.table.resource.ResourceUri;

/** The session's jars: Flink's resource manager, and REMOVE JAR, which Flink leaves to its clients. */
final class Jars extends ResourceManager {
    private final JarLoader loader;

    Jars(ReadableConfig options, JarLoader loader) {
        super(options, loader);
        this.loader = loader;
    }

    /**
     * The loader of the session's classes. It changes when a jar is removed, and with
     * {@link JarLoader#renew}.
     */
    @Override
    public URLClassLoader getUserClassLoader() {
        return loader.current();
    }

    @Override
    public URLClassLoader createUserClassLoader(List<ResourceUri> more) {
        return more.isEmpty() ? loader.current() : super.createUserClassLoader(more);
    }

    JarLoader loader() {
        return loader;
    }

    /** Removes a jar from the session and from later jobs. */
    void remove(String name, TableConfig config) throws IOException {
        URL jar = getURLFromPath(new Path(name));
        // An executed compiled plan is also in the list, as a file: SHOW JARS lists it too.
        if (!resourceInfos.keySet().removeIf(added -> added.getUri().equals(jar.getPath()))) {
            throw new ValidationException("the jar '" + name + "' was not added: SHOW JARS lists those that were");
        }
        loader.remove(jar);
        // Each job's translation adds the session's jars to this option, and removes none.
        List<String> shipped = new ArrayList<>(config.getOptional(PipelineOptions.JARS).orElse(List.of()));
        shipped.removeIf(url -> url.equals(jar.toString()));
        if (shipped.isEmpty()) {
            config.getConfiguration().removeConfig(PipelineOptions.JARS);
        } else {
            config.set(PipelineOptions.JARS, shipped);
        }
    }
}
