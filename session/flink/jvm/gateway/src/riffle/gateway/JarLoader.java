package riffle.gateway;

import java.io.IOException;
import java.net.URL;
import java.util.Arrays;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.util.MutableURLClassLoader;

/**
 * The loader to which the session's jars are added. A loader of Java's cannot remove a jar, and a class
 * that was once not found stays missing for the classes that asked for it. So the classes are loaded by
 * another loader, that of a {@link JarGeneration}, which {@link #renew} replaces. No class is loaded by
 * this loader itself, because Java would keep it. Objects whose classes an older generation loaded keep
 * that generation, and it is not closed.
 */
final class JarLoader extends MutableURLClassLoader {
    private final ReadableConfig options;
    private volatile JarGeneration current;
    private volatile boolean due;

    JarLoader(ClassLoader parent, ReadableConfig options) {
        super(new URL[0], parent);
        this.options = options;
        current = new JarGeneration(new URL[0], parent, options);
    }

    /** The loader of the session's classes, until the next {@link #renew}. */
    MutableURLClassLoader current() {
        return current.jars();
    }

    /** Whether the loader should be renewed: a jar was added that has a missing class. */
    boolean due() {
        return due;
    }

    void renew() {
        replace(getURLs());
    }

    @Override
    public void addURL(URL jar) {
        due |= current.misses(jar);
        current().addURL(jar);
    }

    void remove(URL jar) {
        replace(
                Arrays.stream(getURLs())
                        .filter(url -> !url.toExternalForm().equals(jar.toExternalForm()))
                        .toArray(URL[]::new));
    }

    private void replace(URL[] jars) {
        current = new JarGeneration(jars, getParent(), options);
        due = false;
    }

    @Override
    public MutableURLClassLoader copy() {
        return current().copy();
    }

    @Override
    public URL[] getURLs() {
        return current().getURLs();
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        throw new ClassNotFoundException(name + ": the session's jars have another loader");
    }

    @Override
    public void close() throws IOException {
        current().close();
        super.close();
    }
}
