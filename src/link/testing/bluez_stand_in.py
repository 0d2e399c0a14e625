#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A bluetoothd for tests: plays org.bluez on the bus of DBUS_SESSION_BUS_ADDRESS.

    bluez_stand_in.py [adapter=on|off|none] [device=AA:BB:CC:DD:EE:FF[,unpaired][,without-service][,deaf]]…

Every device leads to the one profile that registered in the role "server": ConnectProfile makes a socketpair and hands
one end to each side. A deaf device does not answer. Prints "ready" when it owns its name.
"""
import socket
import sys

import dbus
import dbus.mainloop.glib
import dbus.service
from gi.repository import GLib

SERVICE = "5c7be7c6-6e0f-4d32-9a7b-0f6a43c2d18e"
ADAPTER = "/org/bluez/hci0"


class Refusal(dbus.DBusException):
    def __init__(self, name, message):
        super().__init__(message, name=f"org.bluez.Error.{name}")


def path_of(address):
    return f"{ADAPTER}/dev_{address.replace(':', '_')}"


class Profiles(dbus.service.Object):
    def __init__(self, bus):
        super().__init__(bus, "/org/bluez")
        self.bus = bus
        self.registered = {}  # (sender, path) → role

    @dbus.service.method("org.bluez.ProfileManager1", "osa{sv}", "", sender_keyword="sender")
    def RegisterProfile(self, path, uuid, options, sender=None):
        if (sender, path) in self.registered:
            raise Refusal("AlreadyExists", "registered before")
        if uuid != SERVICE or not options.get("RequireAuthentication"):
            raise Refusal("InvalidArguments", "not the wallet's profile")
        self.registered[(sender, path)] = str(options["Role"])

    def profile_of(self, role):
        for (sender, path), played in self.registered.items():
            if played == role and self.bus.name_has_owner(sender):
                return sender, path
        return None

    def hand_over(self, sender, path, device, end, done):
        profile = dbus.Interface(self.bus.get_object(sender, path, introspect=False), "org.bluez.Profile1")
        profile.NewConnection(dbus.ObjectPath(device), dbus.types.UnixFd(end.fileno()), dbus.Dictionary({}, signature="sv"),
                              reply_handler=done, error_handler=print)
        end.close()


class Device(dbus.service.Object):
    def __init__(self, bus, profiles, address, marks):
        super().__init__(bus, path_of(address))
        self.profiles, self.address, self.marks = profiles, address, marks

    def properties(self):
        uuids = [] if "without-service" in self.marks else ["0000110a-0000-1000-8000-00805f9b34fb", SERVICE]
        return {"Address": self.address, "Name": "Phone", "Paired": "unpaired" not in self.marks, "RSSI": dbus.Int16(-40),
                "UUIDs": dbus.Array(uuids, signature="s")}

    @dbus.service.method("org.bluez.Device1", "s", "", sender_keyword="sender", async_callbacks=("done", "failed"))
    def ConnectProfile(self, uuid, sender=None, done=None, failed=None):
        server = self.profiles.profile_of("server")
        caller = next((path for (name, path) in self.profiles.registered if name == sender), None)
        if "deaf" in self.marks:
            failed(Refusal("Failed", "br-connection-page-timeout"))
        elif server is None or caller is None:
            failed(Refusal("NotAvailable", "br-connection-profile-unavailable"))
        else:
            here, there = socket.socketpair()
            self.profiles.hand_over(*server, path_of("00:00:5E:00:53:01"), there, lambda: None)
            self.profiles.hand_over(sender, caller, self._object_path, here, done)


class Root(dbus.service.Object):
    def __init__(self, bus, adapter, devices):
        super().__init__(bus, "/")
        self.adapter, self.devices = adapter, devices

    @dbus.service.method("org.freedesktop.DBus.ObjectManager", "", "a{oa{sa{sv}}}")
    def GetManagedObjects(self):
        objects = {"/org/bluez": {"org.bluez.ProfileManager1": {}}}
        if self.adapter != "none":
            objects[ADAPTER] = {"org.bluez.Adapter1": {"Address": "00:00:5E:00:53:00", "Powered": self.adapter == "on"}}
            for device in self.devices:
                objects[device._object_path] = {"org.freedesktop.DBus.Introspectable": {}, "org.bluez.Device1": device.properties()}
        return dbus.Dictionary({path: dbus.Dictionary({name: dbus.Dictionary(values, signature="sv") for name, values in
                                interfaces.items()}, signature="sa{sv}") for path, interfaces in objects.items()},
                               signature="oa{sa{sv}}")


def main():
    dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
    bus = dbus.SessionBus()
    words = [word.split("=", 1) for word in sys.argv[1:]]
    adapter = next((value for name, value in words if name == "adapter"), "on")
    profiles = Profiles(bus)
    devices = [Device(bus, profiles, *(value.split(",", 1) if "," in value else (value, "")))
               for name, value in words if name == "device"]
    root = Root(bus, adapter, devices)  # noqa: F841 lives as long as its name
    name = dbus.service.BusName("org.bluez", bus)  # noqa: F841 alike
    print("ready", flush=True)
    GLib.MainLoop().run()


if __name__ == "__main__":
    main()
