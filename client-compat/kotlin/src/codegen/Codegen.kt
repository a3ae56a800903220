import com.apollographql.apollo.compiler.ApolloCompiler
import com.apollographql.apollo.compiler.CodegenSchemaOptions
import com.apollographql.apollo.compiler.TargetLanguage
import com.apollographql.apollo.compiler.buildCodegenOptions
import com.apollographql.apollo.compiler.buildIrOptions
import com.apollographql.apollo.compiler.codegen.writeTo
import com.apollographql.apollo.compiler.toInputFiles
import java.io.File

/**
 * Writes what Apollo's Gradle plugin would, for each folder of `graphs`: typed operations in a package of its name, from
 * its `schema.graphqls` and `operations.graphql`, and the manifest of their documents beside those.
 */
fun main(arguments: Array<String>) {
  val work = File(arguments.single())
  for (graph in work.resolve("graphs").listFiles()!!) {
    ApolloCompiler.buildSchemaAndOperationsSources(
      schemaFiles = setOf(graph.resolve("schema.graphqls")).toInputFiles(),
      executableFiles = setOf(graph.resolve("operations.graphql")).toInputFiles(),
      codegenSchemaOptions = schemaOptions(graph.resolve("schema.graphqls").readText()),
      codegenOptions = buildCodegenOptions(
        packageName = graph.name,
        targetLanguage = TargetLanguage.KOTLIN_1_9,
        operationManifestFormat = "persistedQueryManifest",
      ),
      irOptions = buildIrOptions(),
      operationManifestFile = graph.resolve("manifest.json"),
      layoutFactory = null,
      operationIdsGenerator = null,
      irOperationsTransform = null,
      javaOutputTransform = null,
      kotlinOutputTransform = null,
      documentTransform = null,
      schemaDocumentTransform = null,
      logger = null,
    ).writeTo(work.resolve("operations/${graph.name}"), true, null)
  }
}

/** Files are sent by the type that the runtime has for them, where the schema takes any. */
private fun schemaOptions(schema: String): CodegenSchemaOptions {
  if ("scalar Upload" !in schema) return CodegenSchemaOptions(emptyMap(), emptyMap(), false)
  val api = "com.apollographql.apollo.api"
  return CodegenSchemaOptions(mapOf("Upload" to "$api.Upload"), mapOf("Upload" to "$api.UploadAdapter"), false)
}
