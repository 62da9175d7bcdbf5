import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.jar.JarFile;
import org.apache.flink.shaded.asm9.org.objectweb.asm.ClassReader;
import org.apache.flink.shaded.asm9.org.objectweb.asm.ClassWriter;
import org.apache.flink.shaded.asm9.org.objectweb.asm.commons.ClassRemapper;
import org.apache.flink.shaded.asm9.org.objectweb.asm.commons.Remapper;

/**
 * Prints the classes of a jar that cannot be used with only some other jars: those that refer to a
 * missing class, and those that need one of these. A line is "without" and the class and what it lacks,
 * or "with" if it lacks that even with one more jar.
 *
 * <p>Arguments: the jar, the additional jar, the other jars.
 */
final class Links {
    public static void main(String[] args) throws Exception {
        Map<String, Set<String>> named = new TreeMap<>();
        try (JarFile jar = new JarFile(args[0])) {
            for (var entry : jar.stream().filter(e -> e.getName().endsWith(".class")).toList()) {
                try (InputStream in = jar.getInputStream(entry)) {
                    named.put(entry.getName().replace('/', '.').replaceAll("\\.class$", ""), names(in));
                }
            }
        }
        List<String> others = List.of(args).subList(2, args.length);
        check("without", named, loader(args[0], others));
        check("with", named, loader(args[0], List.of(args).subList(1, args.length)));
    }

    private static ClassLoader loader(String jar, List<String> others) throws IOException {
        List<URL> path = new ArrayList<>(List.of(Path.of(jar).toUri().toURL()));
        for (String other : others) {
            path.add(Path.of(other).toUri().toURL());
        }
        return new URLClassLoader(path.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
    }

    private static void check(String which, Map<String, Set<String>> named, ClassLoader loader) throws Exception {
        Map<String, String> lacks = new TreeMap<>();
        named.forEach((name, others) -> others.stream().filter(o -> !loads(o, loader)).findFirst().ifPresent(o -> lacks.put(name, o)));
        for (boolean more = true; more; ) {
            more = false;
            for (var entry : named.entrySet()) {
                String other = entry.getValue().stream().filter(lacks::containsKey).findFirst().orElse(null);
                more |= other != null && lacks.putIfAbsent(entry.getKey(), other) == null;
            }
        }
        for (String name : named.keySet()) {
            if (!lacks.containsKey(name)) {
                Class<?> type = Class.forName(name, true, loader); // verified and initialized
                type.getDeclaredConstructors();
                type.getDeclaredMethods();
                type.getDeclaredFields();
            }
        }
        lacks.forEach((name, other) -> System.out.println(which + " " + name + " " + other));
    }

    /** All classes to which a class file refers. */
    private static Set<String> names(InputStream in) throws IOException {
        Set<String> names = new TreeSet<>();
        Remapper collector =
                new Remapper() {
                    @Override
                    public String map(String name) {
                        names.add(name.replace('/', '.'));
                        return name;
                    }
                };
        new ClassReader(in).accept(new ClassRemapper(new ClassWriter(0), collector), 0);
        return names;
    }

    private static boolean loads(String name, ClassLoader loader) {
        try {
            Class.forName(name, false, loader);
            return true;
        } catch (ClassNotFoundException | LinkageError e) {
            return false;
        }
    }
}
