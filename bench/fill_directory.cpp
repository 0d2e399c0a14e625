// SPDX-License-Identifier: Apache-2.0
// Fills the directory of a data centre that does not run with certificates of purchasers whom nobody knows:
// for trying how it behaves with many.
#include <CLI/CLI.hpp>
#include <iostream>

#include "bench/filling.h"

int main(int argc, char** argv) {
  CLI::App app("Fills a data centre's directory with purchasers' certificates");
  std::filesystem::path folder;
  countersign::bench::Filling filling;
  app.add_option("--folder", folder, "The authority's folder, with authority.toml, keys and store")
      ->required();
  app.add_option("--certificates", filling.certificates, "How many")->required();
  app.add_option("--names", filling.names, "They are UID=<names>-<number>");
  CLI11_PARSE(app, argc, argv);
  try {
    countersign::bench::fill_directory(countersign::bench::Site(folder), filling);
  } catch (const std::exception& failure) {
    std::cerr << "fill_directory: " << failure.what() << "\n";
    return 1;
  }
  return 0;
}
