// What scripts find beside the language and KSR: console, require, Math.random of the host.
(function (native) {
    "use strict";

    function shown(value) {
        if (typeof value === "string") return value;
        if (value instanceof Error) return value.name + ": " + value.message + "\n" + value.stack;
        if (typeof value === "object" && value !== null) {
            try {
                const text = JSON.stringify(value);
                if (text !== undefined) return text;
            } catch {
                // a cycle, a BigInt: what String says must do
            }
        }
        return String(value);
    }

    function writes(level) {
        return function () {
            let text = "";
            for (let i = 0; i < arguments.length; i++) text += (i ? " " : "") + shown(arguments[i]);
            native.log(level, text);
        };
    }

    function define(object, name, value) {
        Object.defineProperty(object, name, { value, writable: true, configurable: true, enumerable: false });
    }

    const console = {};
    for (const [name, level] of Object.entries({ debug: 0, trace: 0, log: 1, info: 1, warn: 2, error: 3 }))
        console[name] = writes(level);
    console.assert = function (holds, ...rest) {
        if (!holds) console.error("assertion failed:", ...rest);
    };
    define(globalThis, "console", console);
    define(globalThis, "global", globalThis);
    define(Math, "random", native.random);

    // CommonJS, as far as scripts of several files need it
    const modules = Object.create(null);
    function requires(base) {
        return function require(name) {
            const path = native.resolve(base, String(name));
            if (modules[path]) return modules[path].exports;
            const module = { exports: {}, id: path };
            modules[path] = module;
            try {
                if (path.endsWith(".json")) {
                    module.exports = JSON.parse(native.text(path));
                } else {
                    const folder = path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : ".";
                    const body = native.compile(path);
                    body.call(module.exports, module.exports, requires(path), module, path, folder);
                }
            } catch (error) {
                delete modules[path];
                throw error;
            }
            return module.exports;
        };
    }
    return { requires, define };
})
