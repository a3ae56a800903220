import arcade.GamesQuery
import arcade.InboxQuery
import arcade.LettersSubscription
import arcade.NextLaunchesSubscription
import arcade.RenameMutation
import arcade.SetCoverMutation
import com.apollographql.apollo.ApolloClient
import com.apollographql.apollo.api.ApolloResponse
import com.apollographql.apollo.api.DefaultUpload
import com.apollographql.apollo.api.Operation
import com.apollographql.apollo.network.http.HttpNetworkTransport
import com.apollographql.apollo.network.ws.SubscriptionWsProtocol
import com.apollographql.apollo.network.ws.WebSocketNetworkTransport
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import kotlin.system.exitProcess

private const val TIMEOUT_MS = 10_000L

/** Prints one line for each thing tried: its name, a tab, and what came of it. The test knows what that must be. */
fun main(): Unit = runBlocking {
  val url = System.getProperty("arcade")
  val token = System.getProperty("token")
  suspend fun attempt(name: String, work: suspend () -> Any?) {
    val outcome = runCatching { withTimeout(TIMEOUT_MS) { work() } }
    println("$name\t${outcome.getOrElse { "failed: $it" }}")
  }

  val plain = ApolloClient.Builder().serverUrl(url).build()
  attempt("query") { told(plain.query(GamesQuery()).execute()) }
  attempt("mutation") { told(plain.mutation(RenameMutation("New")).execute()) }
  attempt("upload") {
    val file = DefaultUpload.Builder().content("PNG bytes").fileName("cover.png").contentType("image/png").build()
    told(plain.mutation(SetCoverMutation(file)).execute())
  }
  attempt("errors") { plain.query(InboxQuery()).execute().errors!!.single().extensions!!["code"] }
  attempt("default socket") { plain.subscription(NextLaunchesSubscription()).toFlow().toList().map(::told) }

  // As docs/clients/kotlin.md has it: automatic persisted queries over HTTP, graphql-transport-ws with a token.
  val documented = gamegraph(url) { token }
  repeat(2) { attempt("persisted query ${it + 1}") { told(documented.query(GamesQuery()).execute()) } }
  attempt("token") { told(documented.query(InboxQuery()).execute()) }
  repeat(2) {
    attempt("persisted subscription ${it + 1}") {
      told(documented.subscription(LettersSubscription()).toFlow().first())
    }
  }

  val multipart = ApolloClient.Builder()
    .serverUrl(url)
    .subscriptionNetworkTransport(HttpNetworkTransport.Builder().serverUrl(url).build())
    .build()
  attempt("multipart") { multipart.subscription(NextLaunchesSubscription()).toFlow().toList().map(::told) }

  @Suppress("DEPRECATION")
  val legacy = ApolloClient.Builder()
    .serverUrl(url)
    .subscriptionNetworkTransport(
      WebSocketNetworkTransport.Builder()
        .serverUrl(url.replaceFirst("http", "ws"))
        .protocol(SubscriptionWsProtocol.Factory(connectionPayload = { mapOf("authorization" to "Bearer $token") }))
        .build(),
    )
    .build()
  attempt("legacy socket") { legacy.subscription(NextLaunchesSubscription()).toFlow().toList().map(::told) }
  attempt("legacy token") { told(legacy.subscription(LettersSubscription()).toFlow().first()) }

  val own = gamegraph(System.getProperty("own")) { null }
  attempt("documented query") { firstTitles(own) }
  attempt("documented subscription") { nextName(own, "QnVpbGQ6MQ") }

  System.out.flush()
  exitProcess(0) // Threads of the HTTP client would linger for a minute.
}

private fun <D : Operation.Data> told(response: ApolloResponse<D>): Any? =
  response.data ?: response.exception ?: response.errors
