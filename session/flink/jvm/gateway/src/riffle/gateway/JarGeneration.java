package riffle.gateway;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.util.FlinkUserCodeClassLoaders;
import org.apache.flink.util.MutableURLClassLoader;

/**
 * One generation of the session's jars: the loader that Flink creates for them, until it is replaced by
 * the next one. This class is also that loader's parent: it loads Flink's classes, and records the classes
 * that neither loader has found.
 *
 * <p>Flink's classes that use Hadoop are loaded where Flink is, so they do not find a Hadoop that came in
 * a jar of the session; Flink's own clients fail in this case. Here the classes of such a jar get copies
 * of Flink's classes that find it, unless Hadoop is loaded where Flink is, from HADOOP_CLASSPATH.
 */
final class JarGeneration extends ClassLoader {
    private static final int MOST = 20_000; // compiling generated code misses some names for each query
    private static final String HADOOP = "org.apache.hadoop.conf.Configuration";

    private final Set<String> missing = ConcurrentHashMap.newKeySet();
    private final MutableURLClassLoader jars;
    private final HadoopUsers copies;

    static {
        registerAsParallelCapable();
    }

    JarGeneration(URL[] urls, ClassLoader flink, ReadableConfig options) {
        super(flink);
        jars = FlinkUserCodeClassLoaders.create(urls, this, options);
        copies = new HadoopUsers(flink, jars);
    }

    /** The loader that defines the classes of the jars. */
    MutableURLClassLoader jars() {
        return jars;
    }

    /** Whether a jar has a class that was looked for and not found. */
    boolean misses(URL jar) {
        if (missing.isEmpty()) {
            return false;
        }
        try (URLClassLoader added = new URLClassLoader(new URL[] {jar}, null)) {
            return missing.stream().anyMatch(name -> added.findResource(file(name)) != null);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        if (usesHadoop(name) && getParent().getResource(file(HADOOP)) == null) {
            if (jars.getResource(file(HADOOP)) != null) {
                return copies.loadClass(name);
            }
            miss(HADOOP);
        }
        try {
            return super.loadClass(name, resolve);
        } catch (ClassNotFoundException e) {
            miss(name);
            throw e;
        }
    }

    /** Records a missing name, unless no class of a jar can have requested it. */
    private void miss(String name) {
        if (jars.getURLs().length > 0 && missing.size() < MOST && jars.getResource(file(name)) == null) {
            missing.add(name);
        }
    }

    /** The classes of Flink's artifact flink-hadoop-fs, which is a part of flink-dist. */
    private static boolean usesHadoop(String name) {
        return name.startsWith("org.apache.flink.runtime.fs.hdfs.")
                || name.equals("org.apache.flink.runtime.util.HadoopUtils")
                || name.equals("org.apache.flink.runtime.util.HadoopConfigLoader");
    }

    private static String file(String name) {
        return name.replace('.', '/') + ".class";
    }

    /** Loads copies of Flink's classes that use Hadoop. All other classes come from the jars. */
    private static final class HadoopUsers extends ClassLoader {
        private final ClassLoader flink;
        private final ClassLoader jars;

        static {
            registerAsParallelCapable();
        }

        HadoopUsers(ClassLoader flink, ClassLoader jars) {
            super(null);
            this.flink = flink;
            this.jars = jars;
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (!usesHadoop(name)) {
                return jars.loadClass(name);
            }
            synchronized (getClassLoadingLock(name)) {
                Class<?> loaded = findLoadedClass(name);
                return loaded != null ? loaded : findClass(name);
            }
        }

        @Override
        protected Class<?> findClass(String name) throws ClassNotFoundException {
            try (InputStream in = flink.getResourceAsStream(file(name))) {
                if (in == null) {
                    throw new ClassNotFoundException(name);
                }
                byte[] code = in.readAllBytes();
                return defineClass(name, code, 0, code.length);
            } catch (IOException e) {
                throw new ClassNotFoundException(name, e);
            }
        }
    }
}
