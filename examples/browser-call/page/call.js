// How a page begins a call whose sound goes straight to the provider. Plain JavaScript, no library.

/**
 * Begins a call by way of our server, which asks the provider.
 *
 * @param {RTCPeerConnection} connection
 */
export async function callThroughServer(connection) {
  await answerOf(connection, '/call', { 'Content-Type': 'application/sdp' });
}

/**
 * Begins a call with the provider itself, with a key that is good for a minute; then our server joins it.
 *
 * @param {RTCPeerConnection} connection
 */
export async function callWithSecret(connection) {
  const { value, callsUrl } = await (await post('/secret')).json();
  const headers = { Authorization: `Bearer ${value}`, 'Content-Type': 'application/sdp' };
  const response = await answerOf(connection, callsUrl, headers);
  // The id of the call is in the address that the provider gives it.
  const callId = response.headers.get('Location')?.split('/').pop();
  await post('/join', callId);
}

/**
 * A connection with a microphone and a loudspeaker.
 *
 * @param {MediaStream} microphone
 * @param {HTMLAudioElement} loudspeaker
 */
export function connectionWith(microphone, loudspeaker) {
  const connection = new RTCPeerConnection();
  for (const track of microphone.getTracks()) connection.addTrack(track, microphone);
  connection.ontrack = ({ streams }) => {
    loudspeaker.srcObject = streams[0];
  };
  // The provider wants its channel for events, though our server has one of its own.
  connection.createDataChannel('oai-events');
  return connection;
}

async function answerOf(connection, url, headers) {
  const offer = await connection.createOffer();
  await connection.setLocalDescription(offer);
  const response = await post(url, offer.sdp, headers);
  await connection.setRemoteDescription({ type: 'answer', sdp: await response.text() });
  return response;
}

async function post(url, body, headers = {}) {
  const response = await fetch(url, { method: 'POST', headers, body });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return response;
}
