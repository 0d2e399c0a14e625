// SPDX-License-Identifier: Apache-2.0
#include "logbook/fork_evidence.h"

#include <fmt/format.h>

#include "crypto/digest.h"

namespace countersign::logbook {
namespace {

constexpr std::string_view kFolder = "evidence/";

std::string describe(const Fork& fork) {
  std::string text = fmt::format(
      "The log {} signed two trees that contradict each other.\n\n"
      "smaller.checkpoint: {} entries, root {}\nlarger.checkpoint: {} entries, root {}\n\n",
      fork.smaller.origin, fork.smaller.size, base64_encode(fork.smaller.root), fork.larger.size,
      base64_encode(fork.larger.root));
  if (fork.smaller.size == fork.larger.size)
    return text + "One size has two roots: nothing else is needed.\n";
  text += fmt::format(
      "The larger tree has at {} entries the root {}, which is not the one that was signed.\n"
      "That it has is proven by these hashes (RFC 9162 section 2.1.4.2), from that root to the larger:\n\n",
      fork.smaller.size, base64_encode(fork.root_at_smaller));
  for (const merkle::Hash& hash : fork.proof) text += base64_encode(hash) + "\n";
  return text;
}

}  // namespace

Result<std::string> keep_evidence(const LogFolder& folder, const Fork& fork) {
  const Sha256Digest digest = crypto::sha256_of({as_bytes(fork.smaller_note), as_bytes(fork.larger_note)});
  const std::string path = fmt::format("{}fork-{}-{}-{}", kFolder, fork.smaller.size, fork.larger.size,
                                       hex_encode(BytesView(digest).first(8)));
  TRY(folder.put_durably(path + "/smaller.checkpoint", as_bytes(fork.smaller_note)));
  TRY(folder.put_durably(path + "/larger.checkpoint", as_bytes(fork.larger_note)));
  TRY(folder.put_durably(path + "/proof.txt", as_bytes(describe(fork))));
  TRY(folder.sync());
  return path;
}

bool is_evidence(std::string_view path) {
  return path.starts_with(kFolder);
}

}  // namespace countersign::logbook
