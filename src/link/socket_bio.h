// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <openssl/bio.h>

#include "link/socket.h"

namespace countersign::link {

// new_socket_bio makes a BIO over a socket that outlives it. Unlike OpenSSL's own it never raises
// SIGPIPE, whatever the program does with signals. Throws without memory.
BIO* new_socket_bio(Socket& socket);

}  // namespace countersign::link
