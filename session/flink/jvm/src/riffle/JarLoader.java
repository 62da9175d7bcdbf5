package riffle;

import java.io.IOException;
import java.net.URL;
import java.util.Arrays;
import java.util.Enumeration;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.util.FlinkUserCodeClassLoaders;
import org.apache.flink.util.MutableURLClassLoader;

/**
 * The class loader of the session's jars. A loader of Java's takes jars and never lets go of one, so
 * this asks another, which is made anew when a jar is removed. Objects whose classes the older one
 * loaded keep it, and it is not closed.
 */
final class JarLoader extends MutableURLClassLoader {
    private final ReadableConfig options;
    private volatile MutableURLClassLoader current;

    JarLoader(ClassLoader parent, ReadableConfig options) {
        super(new URL[0], parent);
        this.options = options;
        current = FlinkUserCodeClassLoaders.create(new URL[0], parent, options);
    }

    @Override
    public void addURL(URL jar) {
        current.addURL(jar);
    }

    void remove(URL jar) {
        URL[] rest =
                Arrays.stream(current.getURLs())
                        .filter(url -> !url.toExternalForm().equals(jar.toExternalForm()))
                        .toArray(URL[]::new);
        current = FlinkUserCodeClassLoaders.create(rest, getParent(), options);
    }

    @Override
    public MutableURLClassLoader copy() {
        return current.copy();
    }

    @Override
    public URL[] getURLs() {
        return current.getURLs();
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        return current.loadClass(name);
    }

    @Override
    public URL getResource(String name) {
        return current.getResource(name);
    }

    @Override
    public Enumeration<URL> getResources(String name) throws IOException {
        return current.getResources(name);
    }

    @Override
    public URL findResource(String name) {
        return current.findResource(name);
    }

    @Override
    public Enumeration<URL> findResources(String name) throws IOException {
        return current.findResources(name);
    }

    @Override
    public void close() throws IOException {
        current.close();
        super.close();
    }
}
