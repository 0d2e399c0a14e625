// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <openssl/bio.h>

namespace countersign::link {

// new_socket_bio makes a BIO over a socket that it does not own. Unlike OpenSSL's own it never raises
// SIGPIPE, whatever the program does with signals. Throws without memory.
BIO* new_socket_bio(int socket);

}  // namespace countersign::link
