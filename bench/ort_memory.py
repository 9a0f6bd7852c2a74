"""ONNX Runtime under an allocator that counts: what a session allocates when it is made and while it runs.

The allocator is registered with the runtime's environment (RegisterAllocator, session.use_env_allocators) and hands out
exactly what is asked for, so that its counts have neither the arena's rounding nor its free lists. Without it, the arena
reports about itself (AllocatorGetStats). Both go through the C API by position: positions in OrtApi never change.
"""

import ctypes
import os
import site
import sys
from pathlib import Path

import numpy as np

# Has to be in the environment before the library is loaded.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

POSITIONS = {
    "GetErrorMessage": 2, "CreateEnv": 3, "CreateSession": 7, "Run": 9, "CreateSessionOptions": 10,
    "DisableMemPattern": 17, "SetSessionLogSeverityLevel": 22, "SetSessionGraphOptimizationLevel": 23,
    "SetIntraOpNumThreads": 24, "SessionGetOutputCount": 31, "SessionGetOutputName": 37,
    "CreateTensorWithDataAsOrtValue": 49, "CreateCpuMemoryInfo": 69, "AllocatorFree": 76,
    "GetAllocatorWithDefaultOptions": 78, "ReleaseStatus": 93, "ReleaseMemoryInfo": 94, "ReleaseSession": 95,
    "ReleaseValue": 96, "ReleaseSessionOptions": 100, "AddSessionConfigEntry": 130, "CreateAllocator": 131,
    "ReleaseAllocator": 132, "RegisterAllocator": 176, "UnregisterAllocator": 177, "GetKeyValue": 297,
    "ReleaseKeyValuePairs": 300, "AllocatorGetStats": 319,
}  # fmt: skip
LEVELS = {"disabled": 0, "basic": 1, "extended": 2, "all": 99}
ELEMENTS = {"float32": 1, "uint8": 2, "int8": 3, "uint16": 4, "int16": 5, "int32": 6, "int64": 7, "bool": 9,
            "float16": 10, "float64": 11, "uint32": 12, "uint64": 13}  # fmt: skip
ALIGNMENT = 256

Pointer = ctypes.c_void_p
AllocFunction = ctypes.CFUNCTYPE(Pointer, Pointer, ctypes.c_size_t)
FreeFunction = ctypes.CFUNCTYPE(None, Pointer, Pointer)
InfoFunction = ctypes.CFUNCTYPE(Pointer, Pointer)


class OrtAllocator(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("Alloc", AllocFunction), ("Free", FreeFunction), ("Info", InfoFunction),
                ("Reserve", AllocFunction), ("later", Pointer * 8)]  # fmt: skip


class RuntimeMissing(Exception):
    """No ONNX Runtime library was found."""


def find_library():
    """COSTSCAN_ORT_LIB, else the library of the installed wheel."""
    given = os.environ.get("COSTSCAN_ORT_LIB")
    if given:
        return given
    for folder in [*site.getsitepackages(), *sys.path]:
        found = sorted(Path(folder or ".").glob("onnxruntime/capi/libonnxruntime.so.1.*"))
        if found:
            return str(found[0])
    raise RuntimeMissing("no ONNX Runtime library: install onnxruntime, or name one in COSTSCAN_ORT_LIB")


def peak_of(events):
    now = peak = 0
    for kind, _, size in events:
        now += kind * size
        peak = max(peak, now)
    return peak


class Runtime:
    """One environment. `counting`: every allocation goes through ours and is appended to `events` as (+1 or -1, address,
    bytes); else the runtime uses its own arena."""

    def __init__(self, counting=True):
        library = ctypes.CDLL(find_library())
        library.OrtGetApiBase.restype = Pointer
        base = ctypes.cast(library.OrtGetApiBase(), ctypes.POINTER(Pointer * 2)).contents
        self.version = ctypes.CFUNCTYPE(ctypes.c_char_p)(base[1])().decode()
        newest = int(self.version.split(".")[1])
        table = ctypes.CFUNCTYPE(Pointer, ctypes.c_uint32)(base[0])(newest)
        self._api = ctypes.cast(table, ctypes.POINTER(Pointer * (max(POSITIONS.values()) + 1))).contents
        self._libc = ctypes.CDLL(None)
        self._libc.aligned_alloc.restype = Pointer
        self._libc.aligned_alloc.argtypes = [ctypes.c_size_t, ctypes.c_size_t]
        self._libc.free.argtypes = [Pointer]
        self.events, self._sizes = [], {}
        self._env = self.make("CreateEnv", ctypes.c_int(4), b"costscan")
        self._device = self.make("CreateCpuMemoryInfo", ctypes.c_int(0), ctypes.c_int(0))
        self.counting = counting
        if counting:
            self._allocator = OrtAllocator(version=newest, Alloc=AllocFunction(self._alloc), Free=FreeFunction(self._free),
                                           Info=InfoFunction(lambda _: self._device.value),
                                           Reserve=AllocFunction(self._alloc))  # fmt: skip
            self.call("RegisterAllocator", self._env, ctypes.byref(self._allocator))

    def _alloc(self, _, size):
        address = self._libc.aligned_alloc(ALIGNMENT, max(ALIGNMENT, -(-size // ALIGNMENT) * ALIGNMENT))
        self._sizes[address] = size
        self.events.append((1, address, size))
        return address

    def _free(self, _, address):
        if address:
            self.events.append((-1, address, self._sizes.pop(address)))
            self._libc.free(address)

    def call(self, name, *arguments, result=Pointer):
        """A function whose status is checked, unless it returns something else."""
        kinds = [ctypes.c_char_p if isinstance(a, bytes) else ctypes.c_size_t if isinstance(a, int) else
                 type(a) if isinstance(a, ctypes._SimpleCData) else Pointer for a in arguments]  # fmt: skip
        values = [a if isinstance(a, (bytes, int, type(None), ctypes._SimpleCData)) else ctypes.cast(a, Pointer)
                  for a in arguments]  # fmt: skip
        status = ctypes.CFUNCTYPE(result, *kinds)(self._api[POSITIONS[name]])(*values)
        if result is not Pointer:
            return status
        if status:
            message = ctypes.CFUNCTYPE(ctypes.c_char_p, Pointer)(self._api[POSITIONS["GetErrorMessage"]])(status).decode()
            self.call("ReleaseStatus", Pointer(status), result=None)
            raise RuntimeError(f"{name}: {message}")
        return None

    def make(self, name, *arguments):
        out = Pointer()
        self.call(name, *arguments, ctypes.byref(out))
        return out

    def close(self):
        if self.counting:
            self.call("UnregisterAllocator", self._env, self._device)


class Session:
    """A model file in a session of one thread."""

    def __init__(self, runtime, path, level="all", pattern=False, stats_file=None, prepack=True):
        self.runtime = runtime
        options = runtime.make("CreateSessionOptions")
        runtime.call("SetSessionGraphOptimizationLevel", options, ctypes.c_int(LEVELS[level]))
        runtime.call("SetIntraOpNumThreads", options, ctypes.c_int(1))
        runtime.call("SetSessionLogSeverityLevel", options, ctypes.c_int(4))
        entries = {"session.use_env_allocators": "1" if runtime.counting else "0",
                   "session.disable_prepacking": "0" if prepack else "1"}  # fmt: skip
        if stats_file:
            entries["session.collect_node_memory_stats_to_file"] = str(stats_file)
        for key, value in entries.items():
            runtime.call("AddSessionConfigEntry", options, key.encode(), value.encode())
        if not pattern:
            runtime.call("DisableMemPattern", options)
        runtime.events.clear()
        self._session = None
        try:
            self._session = runtime.make("CreateSession", runtime._env, str(path).encode(), options)
        finally:
            runtime.call("ReleaseSessionOptions", options, result=None)
        alive = {}
        for kind, address, size in runtime.events:
            if kind > 0:
                alive[address] = size
            else:
                alive.pop(address, None)
        self.kept_by_session = list(alive.values())
        self._outputs = self._output_names()

    def _output_names(self):
        count = ctypes.c_size_t()
        self.runtime.call("SessionGetOutputCount", self._session, ctypes.byref(count))
        allocator = self.runtime.make("GetAllocatorWithDefaultOptions")
        names = []
        for i in range(count.value):
            text = self.runtime.make("SessionGetOutputName", self._session, i, allocator)
            names.append(ctypes.string_at(text.value))
            self.runtime.call("AllocatorFree", allocator, text)
        return names

    def run(self, feeds):
        """One inference → its events, those of its outputs' release not among them."""
        runtime, values, kept = self.runtime, [], []
        for array in feeds.values():
            array = np.array(array, order="C")
            dims = (ctypes.c_int64 * max(array.ndim, 1))(*array.shape)
            kept.append((array, dims))
            values.append(runtime.make("CreateTensorWithDataAsOrtValue", runtime._device, Pointer(array.ctypes.data),
                                       array.nbytes, dims, array.ndim, ctypes.c_int(ELEMENTS[str(array.dtype)])))  # fmt: skip
        names = (ctypes.c_char_p * len(feeds))(*[name.encode() for name in feeds])
        inputs = (Pointer * len(feeds))(*[value.value for value in values])
        outputs = (ctypes.c_char_p * len(self._outputs))(*self._outputs)
        results = (Pointer * len(self._outputs))()
        runtime.events.clear()
        try:
            runtime.call("Run", self._session, None, names, inputs, len(feeds), outputs, len(outputs), results)
            return list(runtime.events)
        finally:
            for value in [*results, *[value.value for value in values]]:
                if value:
                    runtime.call("ReleaseValue", Pointer(value), result=None)

    def arena_stats(self):
        """What the session's own arena says of itself."""
        allocator = self.runtime.make("CreateAllocator", self._session, self.runtime._device)
        pairs = self.runtime.make("AllocatorGetStats", allocator)
        stats = {}
        for key in ("InUse", "MaxInUse", "TotalAllocated", "NumAllocs", "NumReserves", "MaxAllocSize"):
            text = self.runtime.call("GetKeyValue", pairs, key.encode(), result=ctypes.c_char_p)
            if text is not None:
                stats[key] = int(text)
        self.runtime.call("ReleaseKeyValuePairs", pairs, result=None)
        self.runtime.call("ReleaseAllocator", allocator, result=None)
        return stats

    def close(self):
        if self._session:
            self.runtime.call("ReleaseSession", self._session, result=None)
            self._session = None
