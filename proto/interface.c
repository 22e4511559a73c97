/* SPDX-License-Identifier: MIT */
/*
 * The description of our own interface is the file itself, taken in by the assembler: there is
 * no second copy to fall behind. Its path is that of the tree, where the compiler runs.
 */
#include "proto/varlink.h"

#include <string.h>

__asm__(".pushsection .rodata\n"
	".hidden interface_control\n"
	".global interface_control\n"
	".type interface_control, %object\n"
	"interface_control:\n"
	".incbin \"proto/io.reeve.control.varlink\"\n"
	".byte 0\n"
	".size interface_control, . - interface_control\n"
	".popsection\n");

extern const char interface_control[] __attribute__((visibility("hidden")));

/* The names and types are varlink.org's; every service serves them. */
static const char interface_service[] =
	"# What any Varlink service tells about itself.\n"
	"interface org.varlink.service\n"
	"\n"
	"# Who made the service, and which interfaces it has.\n"
	"method GetInfo() -> (\n"
	"  vendor: string,\n"
	"  product: string,\n"
	"  version: string,\n"
	"  url: string,\n"
	"  interfaces: []string\n"
	")\n"
	"\n"
	"# The text of one of them.\n"
	"method GetInterfaceDescription(interface: string) -> (description: string)\n"
	"\n"
	"# There is no such interface here.\n"
	"error InterfaceNotFound (interface: string)\n"
	"\n"
	"# The interface has no such method.\n"
	"error MethodNotFound (method: string)\n"
	"\n"
	"# The interface has such a method, but it is not served.\n"
	"error MethodNotImplemented (method: string)\n"
	"\n"
	"# This parameter is missing, unknown or not of its type.\n"
	"error InvalidParameter (parameter: string)\n";

const char *interface_text(const char *interface)
{
	if (!strcmp(interface, CONTROL_INTERFACE))
		return interface_control;
	if (!strcmp(interface, SERVICE_INTERFACE))
		return interface_service;
	return NULL;
}
